* lna_cascode: common-source cascode with inductive degeneration
* design 000042 for lna_2p4ghz in generic130, genrf 0.1.0
* This file belongs to you, under any terms you like.
.model nch nmos level=54 version=4.8 binunit=1 paramchk=1 mobmod=0 capmod=2 igcmod=0 igbmod=0 geomod=0 diomod=1 rdsmod=0 rbodymod=0 rgatemod=1 permod=1 acnqsmod
.model pch pmos level=54 version=4.8 binunit=1 paramchk=1 mobmod=0 capmod=2 igcmod=0 igbmod=0 geomod=0 diomod=1 rdsmod=0 rbodymod=0 rgatemod=1 permod=1 acnqsmod
.model vpnp pnp level=1 tnom=27 is=1.5e-17 nf=1 bf=6 xtb=1.7 vaf=60 xti=4.3 eg=1.14 br=0.1 re=10 rb=150 cje=3e-14 vje=0.74 mje=0.3 cjc=2.5e-14 vjc=0.54 mjc=0.24
* ports: in out bias vdd
.subckt lna_cascode in out bias vdd
* cblock: capacitor_off_chip c=100 pF
ccblock in cblock_1 1e-10
rcblock cblock_1 cblock_2 0.15
lcblock cblock_2 blocked 3e-10
rcblock_leak in blocked 10000000000.0
* lgate: inductor_off_chip l=6 nH q=40 f_q=2.441 GHz
llgate blocked lgate_1 6e-09
rlgate lgate_1 gate 2.300958736375507
clgate blocked gate 8e-14
* padin: pad
cpadin gate padin_1 1.2e-13
rpadin padin_1 0 10.0
* mb: nmos w=2 um nf=10
mmb bias bias 0 0 nch w=1.9999999999999998e-05 l=1.3e-07 nf=10.0
* cb: mim c=2 pF
ccb bias 0 2e-12
* rb: resistor r=10 kohm
rrb bias gate 10000.0 tc1=-0.0001
crb_a bias 0 5.882352941176471e-15
crb_b gate 0 5.882352941176471e-15
* cx: mim c=50 fF
ccx gate source 5e-14
ccx_sub source 0 5e-16
* m1: nmos w=2 um nf=100
mm1 middle gate source 0 nch w=0.00019999999999999998 l=1.3e-07 nf=100.0
* ls: spiral turns=1.5 inner=80 um
lls source ls_1 3.3621735017282867e-10
rls ls_1 ls_2 0.33576151365963086 tc1=0.0036
rls_slow ls_2 ls_3 0.6715230273192617 tc1=0.0036
lls_slow ls_2 ls_3 3.6643271724992365e-11
rls_fast ls_3 0 0.6715230273192617 tc1=0.0036
lls_fast ls_3 0 9.160817931248091e-12
cls source 0 5.2500000000000005e-15
cls_oxa source ls_a 1.510926811468339e-14
rls_suba ls_a 0 4169.626187172875
cls_suba ls_a 0 3.837274441824353e-15
* m2: nmos w=2 um nf=60
mm2 drain vdd middle 0 nch w=0.00011999999999999999 l=1.3e-07 nf=60.0
* ld: spiral turns=4.5 inner=120 um
lld vdd ld_1 4.4839637019558345e-09
rld ld_1 ld_2 1.8319009009512497 tc1=0.0036
rld_slow ld_2 ld_3 3.6638018019024994 tc1=0.0036
lld_slow ld_2 ld_3 1.9992417163946606e-10
rld_fast ld_3 drain 3.6638018019024994 tc1=0.0036
lld_fast ld_3 drain 4.9981042909866516e-11
cld vdd drain 1.5750000000000002e-14
cld_oxa vdd ld_a 8.243554054280626e-14
rld_suba ld_a 0 764.2334797002516
cld_suba ld_a 0 2.0936010296585718e-14
cld_oxb drain ld_b 8.243554054280626e-14
rld_subb ld_b 0 764.2334797002516
cld_subb ld_b 0 2.0936010296585718e-14
* rd: resistor r=1 kohm
rrd vdd drain 1000.0 tc1=-0.0001
crd_a vdd 0 5.882352941176472e-16
crd_b drain 0 5.882352941176472e-16
* cd: mim c=50 fF
ccd drain 0 5e-14
* co: mim c=500 fF
cco out drain 5e-13
cco_sub drain 0 5.000000000000001e-15
* padout: pad
cpadout out padout_1 1.2e-13
rpadout padout_1 0 10.0
.ends lna_cascode
