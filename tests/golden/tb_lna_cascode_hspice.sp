* bench of lna_cascode for gain_db, nf_db, s11_db, s22_db; ports 50 ohm
.include 'lna_cascode_hspice.sp'
.option post accurate
.temp 27
x1 in out bias vdd lna_cascode
vsupply vdd 0 1.2
ibias vdd bias 0.0003
p1 in 0 port=1 z0=50
p2 out 0 port=2 z0=50
.op
.ac lin 41 2400000000.0 2483500000.0
.lin sparcalc=1 noisecalc=1 format=touchstone filename=lna_cascode_hspice
.measure ac gain_db min s21(db)
.measure ac nf_db max nf
.measure ac s11_db max s11(db)
.measure ac s22_db max s22(db)
.end
