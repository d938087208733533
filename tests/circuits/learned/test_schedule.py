"""The schedule and the samplers against diffusers, and against a distribution whose scores are known."""

import numpy as np
import pytest

from genrf.circuits.learned.schedule import SAMPLERS, Schedule, ddim, dpm_solver

SCHEDULE = Schedule()
OURS = {"ddim": ("DDIMScheduler", {"clip_sample": False}), "dpm_solver": ("DPMSolverMultistepScheduler", {})}


def theirs(name, count):
    torch = pytest.importorskip("torch")
    diffusers = pytest.importorskip("diffusers", reason="diffusers is not installed; pip install genrf[dev]")
    kind, extra = OURS[name]
    made = getattr(diffusers, kind)(
        num_train_timesteps=1000,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="v_prediction",
        timestep_spacing="trailing",
        **extra,
    )
    made.set_timesteps(count)
    return torch, made


def a_velocity(x, t):
    """Anything that depends on both, and bends."""
    return np.tanh(x @ (0.3 * np.random.default_rng(0).normal(size=(5, 5)))) + 3e-4 * t * x


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("count", [1, 8, 20])
@pytest.mark.parametrize("name", OURS)
def test_samplers_and_schedule_equal_those_of_diffusers(name, count):
    torch, scheduler = theirs(name, count)
    assert SCHEDULE.kept == pytest.approx(scheduler.alphas_cumprod.numpy(), abs=1e-6)
    assert SCHEDULE.times(count)[:-1] == scheduler.timesteps.tolist()
    noise = np.random.default_rng(1).normal(size=(7, 5))
    x = torch.tensor(noise)
    for t in scheduler.timesteps:
        x = scheduler.step(torch.tensor(a_velocity(x.numpy(), int(t))), t, x).prev_sample
    # diffusers keeps its schedule in single precision
    assert SAMPLERS[name](SCHEDULE, a_velocity, noise, count) == pytest.approx(x.numpy(), abs=1e-5)


@pytest.mark.parametrize(("sampler", "count"), [(ddim, 200), (dpm_solver, 20)])  # of first and of second order
def test_a_normal_comes_out_as_it_is(sampler, count):
    # of x0 ~ N(m, s^2) the best estimate at x_t is linear: m + alpha s^2 (x - alpha m) / (alpha^2 s^2 + sigma^2)
    m, s = 0.7, 0.3

    def velocity(x, t):
        alpha, sigma = SCHEDULE.at(t)
        x0 = m + alpha * s**2 * (x - alpha * m) / (alpha**2 * s**2 + sigma**2)
        return (alpha * x - x0) / sigma

    drawn = sampler(SCHEDULE, velocity, np.random.default_rng(2).normal(size=(4000, 1)), count)
    assert drawn.mean() == pytest.approx(m, abs=0.02)
    assert drawn.std() == pytest.approx(s, rel=0.1)


def test_signal_and_noise_share_one_power_and_end_in_noise():
    alpha, sigma = SCHEDULE.at(np.arange(1000))
    assert alpha**2 + sigma**2 == pytest.approx(np.ones(1000))
    assert (np.diff(alpha) < 0).all() and alpha[0] > 0.999 and alpha[-1] < 1e-4
    assert SCHEDULE.at(-1) == (1.0, 0.0)
