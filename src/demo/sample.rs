//! The simulated centre for the tests of this module.

use jiff::civil::date;

use super::{Sim, centre_toml, lines};
use crate::config::parse_centre;

/// A simulated centre, as if the demonstration were started on 10 June 2026.
pub fn sim() -> Sim {
    Sim::new(parse_centre(centre_toml()).unwrap(), 1, date(2026, 6, 10))
}

#[test]
fn the_description_has_the_lines_the_simulation_has_customers_for() {
    let sim = sim();
    assert_eq!(sim.queues.len(), lines::PROFILES.len());
    let ids: Vec<&str> = sim.centre.lines.iter().map(|l| l.id.as_str()).collect();
    assert_eq!(ids, ["billing", "leaks", "moving", "technical"]);
    assert!(sim.centre.sample_data);
    assert!(sim.centre.source(super::SOURCE).is_some());
}
