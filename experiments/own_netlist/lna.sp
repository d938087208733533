A cascode amplifier for 2.4 GHz
* inductors lose what a Q of 40 (off chip) and 12 (on chip) takes at 2.45 GHz; the gate has its resistance
.param nf1=60 lg=8n ls=0.5n ld=4n cx=100f cd=500f co=400f ib=300u vdd=1.2 dvth=0
.param omega={2*3.14159265*2.45g}
.model nch nmos level=14 version=4.8.2 toxe=2.3n vth0={0.35+dvth} u0=0.04 vsat=9e4 k1=0.4 cgso=2.5e-10 cgdo=2.5e-10
+ rgatemod=1 rshg=10 ngcon=2 xgw=0.2u
.subckt lna rfin rfout vcc bias
cpad rfin 0 100f
cin rfin pad 10p
lg pad g1 {lg}
rlg g1 gate {omega*lg/40}
rb bias gate 5k
mb bias bias 0 0 nch w=20u l=0.13u nf=10
m1 middle gate source 0 nch w={2u*nf1} l=0.13u nf={nf1}
cx gate source {cx}
ls source s1 {ls}
rls s1 0 {omega*ls/12}
m2 drain vcc middle 0 nch w={2u*nf1} l=0.13u nf={nf1}
ld vcc d1 {ld}
rld d1 drain {omega*ld/12}
cd drain 0 {cd}
co drain rfout {co}
.ends
.end
