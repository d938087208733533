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
.model nch nmos level=54 version=4.8 binunit=1 paramchk=1 mobmod=0 capmod=2 igcmod=0 igbmod=0 geomod=0
+ diomod=1 rdsmod=0 rbodymod=0 rgatemod=1 permod=1 acnqsmod=0 trnqsmod=0 fnoimod=1 tnoimod=2 tnom=27
+ toxe=2.7e-9 toxp=2.2e-9 toxm=2.7e-9 epsrox=3.9 wint=5e-9 lint=15e-9 xj=6e-8 ndep=6e17 ngate=1e20 nsd=1e20
+ vth0=0.395 lpe0=6e-9 lpeb=0 k1=0.45 k2=0.01 dvt0=1.2 dvt1=1.0 dvt2=-0.03 dsub=0.35 eta0=0.17 etab=-0.02
+ minv=0.2 voff=-0.1 nfactor=1.75 cdsc=2.4e-4 cit=0 u0=0.036 ua=2e-10 ub=1.5e-18 uc=0 vsat=1.25e5 a0=1.2
+ ags=0.2 keta=-0.02 delta=0.01 rdsw=120 pclm=0.35 pdiblc1=0.02 pdiblc2=0.003 drout=0.5 pvag=0.1 cgso=2.0e-10
+ cgdo=2.0e-10 cgsl=4e-11 cgdl=4e-11 ckappas=0.6 ckappad=0.6 cf=3e-11 clc=1e-7 cle=0.6 cjs=1.0e-3 cjd=1.0e-3
+ mjs=0.36 mjd=0.36 pbs=0.7 pbd=0.7 cjsws=1.0e-10 cjswd=1.0e-10 mjsws=0.2 mjswd=0.2 pbsws=0.7 pbswd=0.7
+ cjswgs=2.5e-10 cjswgd=2.5e-10 mjswgs=0.35 mjswgd=0.35 jss=1e-7 jsd=1e-7 dmcg=1.6e-7 dmci=1.6e-7 xgw=1.5e-7
+ ngcon=1 rshg=8 rsh=7 rnoia=0.577 rnoib=0.9 tnoia=1e7 tnoib=0 noia=6e41 noib=3e25 noic=1.2e9 em=4.1e7 ef=1.0
+ kt1=-0.2 kt1l=0 kt2=0.022 ute=-1.3 ua1=1e-9 ub1=-1e-18 at=3e4
.model pch pmos level=54 version=4.8 binunit=1 paramchk=1 mobmod=0 capmod=2 igcmod=0 igbmod=0 geomod=0
+ diomod=1 rdsmod=0 rbodymod=0 rgatemod=1 permod=1 acnqsmod=0 trnqsmod=0 fnoimod=1 tnoimod=2 tnom=27
+ toxe=2.7e-9 toxp=2.2e-9 toxm=2.7e-9 epsrox=3.9 wint=5e-9 lint=15e-9 xj=6e-8 ndep=6e17 ngate=1e20 nsd=1e20
+ vth0=-0.36 lpe0=6e-9 lpeb=0 k1=0.45 k2=0.01 dvt0=1.2 dvt1=1.0 dvt2=-0.03 dsub=0.35 eta0=0.2 etab=-0.02
+ minv=0.2 voff=-0.1 nfactor=1.75 cdsc=2.4e-4 cit=0 u0=0.0115 ua=6e-10 ub=1.2e-18 uc=0 vsat=1.15e5 a0=1.0
+ ags=0.2 keta=-0.02 delta=0.01 rdsw=200 pclm=0.35 pdiblc1=0.02 pdiblc2=0.003 drout=0.5 pvag=0.1 cgso=2.0e-10
+ cgdo=2.0e-10 cgsl=4e-11 cgdl=4e-11 ckappas=0.6 ckappad=0.6 cf=3e-11 clc=1e-7 cle=0.6 cjs=1.0e-3 cjd=1.0e-3
+ mjs=0.36 mjd=0.36 pbs=0.7 pbd=0.7 cjsws=1.0e-10 cjswd=1.0e-10 mjsws=0.2 mjswd=0.2 pbsws=0.7 pbswd=0.7
+ cjswgs=2.5e-10 cjswgd=2.5e-10 mjswgs=0.35 mjswgd=0.35 jss=1e-7 jsd=1e-7 dmcg=1.6e-7 dmci=1.6e-7 xgw=1.5e-7
+ ngcon=1 rshg=8 rsh=7 rnoia=0.577 rnoib=0.8 tnoia=3e7 tnoib=0 noia=6e40 noib=8e25 noic=1.2e9 em=4.1e7 ef=1.0
+ kt1=-0.2 kt1l=0 kt2=0.022 ute=-1.2 ua1=1e-9 ub1=-1e-18 at=3e4
.model vpnp pnp level=1 tnom=27 is=1.5e-17 nf=1 bf=6 xtb=1.7 vaf=60 xti=4.3 eg=1.14 br=0.1 re=10 rb=150
+ cje=3e-14 vje=0.74 mje=0.3 cjc=2.5e-14 vjc=0.54 mjc=0.24 tf=6e-10 af=1 kf=1e-15
* ports: in out bias vdd
.subckt lna_cascode in out bias vdd
* cblock: capacitor_off_chip c=100 pF
ccblock in cblock_1 100p
rcblock cblock_1 cblock_2 0.15
lcblock cblock_2 blocked 300p
rcblock_leak in blocked 10G
* lgate: inductor_off_chip l=6 nH q=40 f_q=2.441 GHz
llgate blocked lgate_1 6n
rlgate lgate_1 gate 2.30095873638
clgate blocked gate 80f
* padin: pad
cpadin gate padin_1 120f
rpadin padin_1 0 10
* mb: nmos w=2 um nf=10
mmb bias bias 0 0 nch w=20u l=130n nf=10
* cb: mim c=2 pF
ccb bias 0 2p
* rb: resistor r=10 kohm
rrb bias gate 10k tc1=-0.0001
crb_a bias 0 5.88235294118f
crb_b gate 0 5.88235294118f
* cx: mim c=50 fF
ccx gate source 50f
ccx_sub source 0 0.5f
* m1: nmos w=2 um nf=100
mm1 middle gate source 0 nch w=200u l=130n nf=100
* ls: spiral turns=1.5 inner=80 um
lls source ls_1 336.217350173p
rls ls_1 ls_2 0.33576151366 tc1=0.0036
rls_slow ls_2 ls_3 0.671523027319 tc1=0.0036
lls_slow ls_2 ls_3 36.643271725p
rls_fast ls_3 0 0.671523027319 tc1=0.0036
lls_fast ls_3 0 9.16081793125p
cls source 0 5.25f
cls_oxa source ls_a 15.1092681147f
rls_suba ls_a 0 4.16962618717k
cls_suba ls_a 0 3.83727444182f
* m2: nmos w=2 um nf=60
mm2 drain vdd middle 0 nch w=120u l=130n nf=60
* ld: spiral turns=4.5 inner=120 um
lld vdd ld_1 4.48396370196n
rld ld_1 ld_2 1.83190090095 tc1=0.0036
rld_slow ld_2 ld_3 3.6638018019 tc1=0.0036
lld_slow ld_2 ld_3 199.924171639p
rld_fast ld_3 drain 3.6638018019 tc1=0.0036
lld_fast ld_3 drain 49.9810429099p
cld vdd drain 15.75f
cld_oxa vdd ld_a 82.4355405428f
rld_suba ld_a 0 764.2334797
cld_suba ld_a 0 20.9360102966f
cld_oxb drain ld_b 82.4355405428f
rld_subb ld_b 0 764.2334797
cld_subb ld_b 0 20.9360102966f
* rd: resistor r=1 kohm
rrd vdd drain 1k tc1=-0.0001
crd_a vdd 0 0.588235294118f
crd_b drain 0 0.588235294118f
* cd: mim c=50 fF
ccd drain 0 50f
* co: mim c=500 fF
cco out drain 500f
cco_sub drain 0 5f
* padout: pad
cpadout out padout_1 120f
rpadout padout_1 0 10
.ends lna_cascode
