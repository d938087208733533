A two-stage amplifier
.param w1=10u w3=5u w6=40u w7=20u cc=1p rz=1k ib=10u vdd=1.8
.model nch nmos level=1 vto=0.4 kp=200u lambda=0.08 cgso=2e-10 cgdo=2e-10 tox=4n gamma=0.3 phi=0.7
.model pch pmos level=1 vto=-0.4 kp=80u lambda=0.1 cgso=2e-10 cgdo=2e-10 tox=4n
* the sources at the ports are the file's own; the bench stands in for them
vdd vdd 0 {vdd}
vplus plus 0 {vdd/2} ac 1
vminus minus 0 {vdd/2}
ib vdd bias {ib}
mb bias bias 0 0 nch w=5u l=0.5u
m5 tail bias 0 0 nch w=10u l=0.5u
m1 left minus tail 0 nch w={w1} l=0.5u
m2 right plus tail 0 nch w={w1} l=0.5u
m3 left left vdd vdd pch w={w3} l=0.5u
m4 right left vdd vdd pch w={w3} l=0.5u
m6 output right vdd vdd pch w={w6} l=0.5u
m7 output bias 0 0 nch w={w7} l=0.5u
rz right z {rz}
cc z output {cc}
.op
.end
