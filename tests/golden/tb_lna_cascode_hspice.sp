* bench of lna_cascode for gain_db, nf_db, s11_db, s22_db between 50 ohm
* design 000042 for lna_2p4ghz in generic130, genrf 0.1.0
* ports: in out bias vdd
.include 'lna_cascode_hspice.sp'
.option post accurate
.option tnom=27
.temp 27
x1 in out bias vdd lna_cascode
vsupply vdd 0 1.2
ibias vdd bias 300u
p1 in 0 port=1 z0=50
p2 out 0 port=2 z0=50
.op
.ac lin 41 2.4G 2.4835G
.lin sparcalc=1 noisecalc=1 format=touchstone filename=lna_cascode_hspice
.measure ac gain_db min s21(db)
.measure ac nf_db max nf
.measure ac s11_db max s11(db)
.measure ac s22_db max s22(db)
.end
