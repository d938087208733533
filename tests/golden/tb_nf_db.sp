* nf_db of lna_cascode: highest noise figure in the band, source of 50 ohm at 290 K
* design 000042 for lna_2p4ghz in generic130, genrf 0.1.0
* ports: in out bias vdd
.include lna_cascode.sp
x1 in out bias vdd lna_cascode
vsupply vdd 0 1.2
ibias vdd bias 300u
vin in 0 dc 0 ac 1 portnum 1 z0 50
vout out 0 dc 0 ac 0 portnum 2 z0 50
.options wnflag=1 keepopinfo temp=27 tnom=27
.control
set num_threads=1
set numdgt=9
noise v(out) vin lin 41 2.4G 2.4835G
setplot previous
let result = vecmax(10*log10(1 + inoise_spectrum^2/(4*1.380649e-23*290.0*50.0)))
let nf_db = result
print nf_db
quit
.endc
.end
