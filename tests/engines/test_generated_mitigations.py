"""Whatever attacks and protects a server: the accounts hold, nothing depends on payloads, and a run repeats itself."""

from hypothesis import HealthCheck, given, settings
from made_up_protected import protected

import sim


@given(protected("3 s"))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_accounts_hold_with_and_without_payloads(audit, scenario):
    run = sim.run(scenario)
    records = [{**record, "http": None} for record in audit(run)]
    again = sim.run(scenario, payloads=False)
    assert [{**record, "http": None} for record in audit(again)] == records
    assert run.metrics == again.metrics
    assert run.metrics == sim.run(scenario, trace=False).metrics
