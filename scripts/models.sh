#!/usr/bin/env bash
# Makes the models that come with genrf again: measured designs, training, and fine-tuning for a foundry's process with
# a tenth of the designs. 41 minutes on two cores with other work beside; called again, it goes on where it stopped.
set -euo pipefail
cd "$(dirname "$0")/.."

work=outputs/models
shipped=genrf/circuits/learned/shipped
ranges='task.ranges={gain_db: [10, 20], nf_db: [1, 3], s11_db: [-15, -8], s22_db: [-15, -8], power_w: [3m, 15m]}'
genrf() { .venv/bin/python -m genrf spec=lna_2p4ghz cache=none "$@"; }
ship() { mkdir -p "$shipped" && cp "$1/model.safetensors" "$shipped/$2.safetensors" && cp "$1/card.md" "$shipped/$2.md"; }

genrf task=dataset model=library seed=2 budget=60000 task.rounds=19 "$ranges" hydra.run.dir=$work/library
genrf task=dataset model=grammar seed=1 count=500 budget=300000 task.rounds=14 "$ranges" hydra.run.dir=$work/grammar
genrf task=train "dataset=[$work/library,$work/grammar]" task.training.steps=4000 hydra.run.dir=$work/diffusion
ship $work/diffusion diffusion_generic130
genrf task=train model=cyclegan dataset=$work/grammar hydra.run.dir=$work/cyclegan
ship $work/cyclegan cyclegan_generic130

if [ -d "${PDK_ROOT:-../shared/pdk}" ]; then
    export PDK_ROOT=${PDK_ROOT:-$PWD/../shared/pdk}
    genrf tech=sky130 task=dataset model=library seed=3 budget=36000 task.rounds=19 "$ranges" hydra.run.dir=$work/sky130
    genrf tech=sky130 task=train dataset=$work/sky130 finetune_from=$work/diffusion/model.safetensors \
        task.training.steps=1200 hydra.run.dir=$work/diffusion_sky130
    ship $work/diffusion_sky130 diffusion_sky130
else
    echo "models.sh: no PDK in ${PDK_ROOT:-../shared/pdk}, so diffusion_sky130 stays as it is; PDK_ROOT=<folder> makes it" >&2
fi
