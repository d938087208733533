* nf_db of lna_cascode: highest noise figure in the band, source of 50 ohm at 290 K
.include lna_cascode.sp
x1 in out bias vdd lna_cascode
vsupply vdd 0 1.2
ibias vdd bias 0.0003
vin in 0 dc 0 ac 1 portnum 1 z0 50
vout out 0 dc 0 ac 0 portnum 2 z0 50
.options wnflag=1 keepopinfo temp=27.0 tnom=27
.control
set num_threads=1
set numdgt=9
noise v(out) vin lin 41 2400000000.0 2483500000.0
setplot previous
let result = vecmax(10*log10(1 + inoise_spectrum^2/(4*1.380649e-23*290.0*50.0)))
let nf_db = result
print nf_db
quit
.endc
.end
