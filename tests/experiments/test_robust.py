import pytest

from experiments.robust import __main__ as study


@pytest.mark.slow
@pytest.mark.ngspice
def test_the_study_compares_on_equal_simulations(monkeypatch):
    monkeypatch.setattr(study, "DESIGNS", 500)
    monkeypatch.setattr(study, "DIES", 10)
    corners, yields, nominal = study.lines(1)
    assert [row[1] for row in (corners, yields, nominal)] == ["corners", "yield", "nominal"]
    assert int(nominal[4]) == max(int(corners[4]), int(yields[4])) and int(nominal[2]) == int(nominal[4])
    assert float(corners[3]) <= 6 and float(yields[3]) <= 8
