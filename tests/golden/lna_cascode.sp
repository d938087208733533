* lna_cascode: common-source cascode with inductive degeneration
* design 000042 for lna_2p4ghz in generic130, genrf 0.1.0
* gain_db = ...
* nf_db = ...
* s11_db = ...
* s22_db = ...
* k_factor = ...
* mu = ...
* power_w = ...
* This file belongs to you, under any terms you like.
.model nch nmos level=54 version=4.8 binunit=1 paramchk=1 mobmod=0 capmod=2 igcmod=0 igbmod=0 geomod=0 diomod=1 rdsmod=0 rbodymod=0 rgatemod=1 permod=1 acnqsmod=0 trnqsmod=0 fnoimod=1 tnoimod=2 tnom=27 toxe=2.7e-9 toxp=2.2e-9 toxm=2.7e-9 epsrox=3.9 wint=5e-9 lint=15e-9 xj=6e-8 ndep=6e17 ngate=1e20 nsd=1e20 vth0=0.395 lpe0=6e-9 lpeb=0 k1=0.45 k2=0.01 dvt0=1.2 dvt1=1.0 dvt2=-0.03 dsub=0.35 eta0=0.17 etab=-0.02 minv=0.2 voff=-0.1 nfactor=1.75 cdsc=2.4e-4 cit=0 u0=0.036 ua=2e-10 ub=1.5e-18 uc=0 vsat=1.25e5 a0=1.2 ags=0.2 keta=-0.02 delta=0.01 rdsw=120 pclm=0.35 pdiblc1=0.02 pdiblc2=0.003 drout=0.5 pvag=0.1 cgso=2.0e-10 cgdo=2.0e-10 cgsl=4e-11 cgdl=4e-11 ckappas=0.6 ckappad=0.6 cf=3e-11 clc=1e-7 cle=0.6 cjs=1.0e-3 cjd=1.0e-3 mjs=0.36 mjd=0.36 pbs=0.7 pbd=0.7 cjsws=1.0e-10 cjswd=1.0e-10 mjsws=0.2 mjswd=0.2 pbsws=0.7 pbswd=0.7 cjswgs=2.5e-10 cjswgd=2.5e-10 mjswgs=0.35 mjswgd=0.35 jss=1e-7 jsd=1e-7 dmcg=1.6e-7 dmci=1.6e-7 xgw=1.5e-7 ngcon=1 rshg=8 rsh=7 rnoia=0.577 rnoib=0.9 tnoia=1e7 tnoib=0 noia=6e41 noib=3e25 noic=1.2e9 em=4.1e7 ef=1.0 kt1=-0.2 kt1l=0 kt2=0.022 ute=-1.3 ua1=1e-9 ub1=-1e-18 at=3e4
.model pch pmos level=54 version=4.8 binunit=1 paramchk=1 mobmod=0 capmod=2 igcmod=0 igbmod=0 geomod=0 diomod=1 rdsmod=0 rbodymod=0 rgatemod=1 permod=1 acnqsmod=0 trnqsmod=0 fnoimod=1 tnoimod=2 tnom=27 toxe=2.7e-9 toxp=2.2e-9 toxm=2.7e-9 epsrox=3.9 wint=5e-9 lint=15e-9 xj=6e-8 ndep=6e17 ngate=1e20 nsd=1e20 vth0=-0.36 lpe0=6e-9 lpeb=0 k1=0.45 k2=0.01 dvt0=1.2 dvt1=1.0 dvt2=-0.03 dsub=0.35 eta0=0.2 etab=-0.02 minv=0.2 voff=-0.1 nfactor=1.75 cdsc=2.4e-4 cit=0 u0=0.0115 ua=6e-10 ub=1.2e-18 uc=0 vsat=1.15e5 a0=1.0 ags=0.2 keta=-0.02 delta=0.01 rdsw=200 pclm=0.35 pdiblc1=0.02 pdiblc2=0.003 drout=0.5 pvag=0.1 cgso=2.0e-10 cgdo=2.0e-10 cgsl=4e-11 cgdl=4e-11 ckappas=0.6 ckappad=0.6 cf=3e-11 clc=1e-7 cle=0.6 cjs=1.0e-3 cjd=1.0e-3 mjs=0.36 mjd=0.36 pbs=0.7 pbd=0.7 cjsws=1.0e-10 cjswd=1.0e-10 mjsws=0.2 mjswd=0.2 pbsws=0.7 pbswd=0.7 cjswgs=2.5e-10 cjswgd=2.5e-10 mjswgs=0.35 mjswgd=0.35 jss=1e-7 jsd=1e-7 dmcg=1.6e-7 dmci=1.6e-7 xgw=1.5e-7 ngcon=1 rshg=8 rsh=7 rnoia=0.577 rnoib=0.8 tnoia=3e7 tnoib=0 noia=6e40 noib=8e25 noic=1.2e9 em=4.1e7 ef=1.0 kt1=-0.2 kt1l=0 kt2=0.022 ute=-1.2 ua1=1e-9 ub1=-1e-18 at=3e4
.model vpnp pnp level=1 tnom=27 is=1.5e-17 nf=1 bf=6 xtb=1.7 vaf=60 xti=4.3 eg=1.14 br=0.1 re=10 rb=150 cje=3e-14 vje=0.74 mje=0.3 cjc=2.5e-14 vjc=0.54 mjc=0.24 tf=6e-10 af=1 kf=1e-15
* ports: in out bias vdd
.subckt lna_cascode in out bias vdd
ccblock in cblock_1 1e-10
rcblock cblock_1 cblock_2 0.15
lcblock cblock_2 blocked 3e-10
rcblock_leak in blocked 10000000000.0
llgate blocked lgate_1 6e-09
rlgate lgate_1 gate 2.300958736375507
clgate blocked gate 8e-14
cpadin gate padin_1 1.2e-13
rpadin padin_1 0 10.0
mmb bias bias 0 0 nch w=1.9999999999999998e-05 l=1.3e-07 nf=10.0
ccb bias 0 2e-12
rrb bias gate 10000.0 tc1=-0.0001
crb_a bias 0 5.882352941176471e-15
crb_b gate 0 5.882352941176471e-15
ccx gate source 5e-14
ccx_sub source 0 5e-16
mm1 middle gate source 0 nch w=0.00019999999999999998 l=1.3e-07 nf=100.0
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
mm2 drain vdd middle 0 nch w=0.00011999999999999999 l=1.3e-07 nf=60.0
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
rrd vdd drain 1000.0 tc1=-0.0001
crd_a vdd 0 5.882352941176472e-16
crd_b drain 0 5.882352941176472e-16
ccd drain 0 5e-14
cco out drain 5e-13
cco_sub drain 0 5.000000000000001e-15
cpadout out padout_1 1.2e-13
rpadout padout_1 0 10.0
.ends lna_cascode
