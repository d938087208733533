#!/usr/bin/env bash
# A SLURM of one node, this machine, for trying sweeps: `slurm.sh start FOLDER`, `slurm.sh stop FOLDER`. As root.
# Everything it writes is in FOLDER; use it with SLURM_CONF=FOLDER/slurm.conf. Missing packages come from Debian.
set -euo pipefail

do=${1:-} folder=${2:-}
if [[ ! $do =~ ^(start|stop)$ || -z $folder ]]; then
    echo "usage: slurm.sh start|stop FOLDER" >&2
    exit 2
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "slurm.sh needs root: it starts jobs on behalf of their users" >&2
    exit 1
fi
if [ "$do" = start ]; then
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd)
fi
if [ ${#folder} -gt 60 ]; then
    echo "slurm.sh: $folder is too long for the names of sockets in it; give a folder of at most 60 characters" >&2
    exit 2
fi
export SLURM_CONF=$folder/slurm.conf

install_missing() {
    command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v munged >/dev/null && return
    apt-get update -qq || true # an older list of packages may do
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge >/dev/null
}

port() { python3 -c 'import socket; s = socket.socket(); s.bind(("", 0)); print(s.getsockname()[1])'; }

# cred_expire and KillWait: a requeued job waits for the first, a job that ignores SIGTERM for the second.
configure() {
    cat >"$SLURM_CONF" <<CONF
ClusterName=genrf
SlurmctldHost=localhost
SlurmctldPort=$(port)
SlurmdPort=$(port)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=1
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
JobAcctGatherType=jobacct_gather/none
MaxArraySize=10001
MaxJobCount=20000
JobRequeue=1
KillWait=1
ReturnToService=2
NodeName=localhost CPUs=$(nproc) State=UNKNOWN
PartitionName=main Nodes=localhost Default=YES MaxTime=INFINITE State=UP
CONF
}

start() {
    install_missing
    mkdir -p "$folder/state" "$folder/spool"
    chmod 755 "$folder" # munged trusts no folder that others may write to
    head -c 128 /dev/urandom >"$folder/munge.key"
    chmod 600 "$folder/munge.key"
    munged --force --key-file "$folder/munge.key" --socket "$folder/munge.socket" --pid-file "$folder/munged.pid" \
        --log-file "$folder/munged.log" --seed-file "$folder/munged.seed"
    configure
    slurmctld -c
    slurmd -N localhost
    for _ in $(seq 100); do
        [[ $(sinfo -h -o %t 2>/dev/null) =~ ^(idle|mix|alloc)$ ]] && return
        sleep 0.2
    done
    echo "slurm.sh: the node did not come up; see $folder/slurmctld.log and $folder/slurmd.log" >&2
    stop
    exit 1
}

stop() {
    timeout 10 scancel --signal=KILL --full --user="$(id -un)" 2>/dev/null || true
    for _ in $(seq 50); do
        [ -z "$(timeout 10 squeue -h -t running,completing 2>/dev/null)" ] && break
        sleep 0.2
    done
    for daemon in slurmctld slurmd munged; do
        [ -s "$folder/$daemon.pid" ] && kill "$(cat "$folder/$daemon.pid")" 2>/dev/null || true
    done
}

"$do"
