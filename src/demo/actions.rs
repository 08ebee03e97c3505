//! The actions of the planted story, as the officers of the simulated centre would have registered
//! them: one that worked, one that did nothing, one that made things worse, and three that are not
//! judged yet.

use jiff::ToSpan;
use jiff::civil::Date;

use super::occasions::ACCOUNT;
use super::{FORM_DAYS_AGO, HELP_DAYS_AGO, Sim};
use crate::domain::action::{Action, Comparison, Facts, Step, Turn};
use crate::domain::centre::Text;
use crate::domain::event::Millis;
use crate::domain::impact::{Direction, VERDICT_AFTER_DAYS};
use crate::domain::occasion::titled;
use crate::domain::period::day_start_ms;
use crate::domain::staff::{Person, Role};

/// The action that did nothing was announced for so many days before today.
pub const FAKE_DAYS_AGO: i64 = 112;

const HOUR_MS: Millis = 3_600_000;

/// What an action of the story is.
struct Plan {
    id: &'static str,
    owner: &'static str,
    title: [&'static str; 2],
    description: [&'static str; 2],
    cause: Option<&'static str>,
    measure: (&'static str, u32),
    line: &'static str,
    comparison: &'static str,
    direction: Direction,
    size: f64,
    /// Days from today to the start.
    start: i64,
    /// Days from the start on which it is due.
    due: i64,
    /// Days from the start, and what was entered on them.
    turns: &'static [(i64, Turn)],
    /// Days from today on which the idea came in that it answers.
    idea: Option<i64>,
}

const HEAD: &str = "Head of customer service";
const TECHNICAL: &str = "Head of technical help";

const PLANS: [Plan; 6] = [
    Plan {
        id: "music",
        owner: HEAD,
        title: ["New music while waiting", "Nouvelle musique d’attente"],
        description: [
            "Calmer music on the line for bills, so that fewer people give up.",
            "Une musique plus calme sur la ligne des factures, pour que moins de personnes renoncent.",
        ],
        cause: None,
        measure: ("abandonment", 1),
        line: "billing",
        comparison: "leaks",
        direction: Direction::Down,
        size: 2.0,
        start: -FAKE_DAYS_AGO,
        due: 3,
        turns: &[(0, Turn::Started), (1, Turn::Done)],
        idea: None,
    },
    Plan {
        id: "form",
        owner: HEAD,
        title: [
            "One form for moving home",
            "Un seul formulaire de déménagement",
        ],
        description: [
            "Everything about a move is filled in with the customer in one call, so that nobody has to call twice.",
            "Tout ce qui touche un déménagement est rempli avec le client en un seul appel, pour que personne n’ait à rappeler.",
        ],
        cause: Some("service"),
        measure: ("handle_time", 1),
        line: "moving",
        comparison: "leaks",
        direction: Direction::Down,
        size: 20.0,
        start: -FORM_DAYS_AGO,
        due: 7,
        turns: &[(0, Turn::Started), (11, Turn::Done)],
        idea: None,
    },
    Plan {
        id: "guide",
        owner: TECHNICAL,
        title: [
            "A guide for technical help",
            "Un guide pour l’assistance technique",
        ],
        description: [
            "The people on the technical line get a guide to the twenty most frequent questions, and one more colleague.",
            "Les personnes de la ligne technique reçoivent un guide des vingt questions les plus fréquentes, et un collègue de plus.",
        ],
        cause: Some("service"),
        measure: ("handle_time", 1),
        line: "technical",
        comparison: "leaks",
        direction: Direction::Down,
        size: 40.0,
        start: -HELP_DAYS_AGO,
        due: 10,
        turns: &[(0, Turn::Started), (4, Turn::Done)],
        idea: Some(-95),
    },
    Plan {
        id: "bill",
        owner: "Head of billing",
        title: ["Bills on one page", "Des factures d’une page"],
        description: [
            "The bill is one page with one sum, so that fewer people need to ask.",
            "La facture tient en une page avec un seul montant, pour que moins de personnes aient à demander.",
        ],
        cause: Some("billing"),
        measure: ("attempts", 1),
        line: "billing",
        comparison: "moving",
        direction: Direction::Down,
        size: 60.0,
        start: -21,
        due: 7,
        turns: &[(1, Turn::Started)],
        idea: Some(-160),
    },
    Plan {
        id: "lunch",
        owner: TECHNICAL,
        title: ["Later lunches", "Des déjeuners plus tard"],
        description: [
            "Half of the people on the technical line have lunch after half past one.",
            "La moitié des personnes de la ligne technique déjeune après 13 h 30.",
        ],
        cause: None,
        measure: ("long_wait", 1),
        line: "technical",
        comparison: "moving",
        direction: Direction::Down,
        size: 1.0,
        start: 9,
        due: 1,
        turns: &[],
        idea: None,
    },
    Plan {
        id: "robot",
        owner: HEAD,
        title: ["A machine answers first", "Une machine répond d’abord"],
        description: [
            "A machine takes the first questions of every call about bills.",
            "Une machine prend les premières questions de chaque appel sur les factures.",
        ],
        cause: None,
        measure: ("handle_time", 1),
        line: "billing",
        comparison: "technical",
        direction: Direction::Down,
        size: 30.0,
        start: -60,
        due: 10,
        turns: &[(-5, Turn::Withdrawn)],
        idea: None,
    },
];

/// The actions as they are known today, in the order in which they were registered.
#[must_use]
pub fn actions(sim: &Sim) -> Vec<Action> {
    let mut actions: Vec<Action> = PLANS.iter().map(|plan| action(sim, plan)).collect();
    actions.sort_by_key(|own| own.registered_ms);
    actions
}

fn action(sim: &Sim, plan: &Plan) -> Action {
    let start = sim.today.saturating_add(plan.start.days());
    let on = |days: i64| start.saturating_add(days.days());
    let at = |day: Date, hour: i64| day_start_ms(day, &sim.centre.zone) + hour * HOUR_MS;
    let by = Person {
        account: ACCOUNT.to_owned(),
        role: Role::Officer,
    };
    let both = |texts: [&str; 2]| titled(&[("en", texts[0]), ("fr", texts[1])]);
    let step = |(days, turn): &(i64, Turn)| Step {
        at_ms: at(on(*days), 9),
        turn: *turn,
        reason: if *turn == Turn::Withdrawn {
            both([
                "The trial with our own staff did not go well.",
                "L’essai avec notre personnel n’a pas été concluant.",
            ])
        } else {
            Text::default()
        },
        by: by.clone(),
    };
    Action {
        id: format!("{}-{start}", plan.id),
        facts: Facts {
            owner: plan.owner.to_owned(),
            title: both(plan.title),
            description: both(plan.description),
            cause: plan.cause.map(str::to_owned),
            measure: plan.measure.0.to_owned(),
            measure_version: plan.measure.1,
            line: plan.line.to_owned(),
            direction: plan.direction,
            size: plan.size,
            start,
            due: on(plan.due),
            verdict: on(VERDICT_AFTER_DAYS),
            comparison: Comparison::Line(plan.comparison.to_owned()),
            idea: plan.idea.map(|days| sim.today.saturating_add(days.days())),
        },
        registered_ms: at(on(-12), 10),
        steps: plan.turns.iter().map(step).collect(),
        by: by.clone(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::{history, sample};
    use super::*;
    use crate::domain::impact::{Course, Impact, Portion, Verdict, impact};
    use crate::domain::measures::{Judged, Measure};
    use crate::domain::tally::Tally;

    fn found(sim: &Sim, days: &[history::DayCells], id: &str) -> (Action, Impact) {
        let own = actions(sim);
        let own = own.into_iter().find(|own| own.id.starts_with(id)).unwrap();
        let measure = Measure::from_id(&own.facts.measure).unwrap();
        let judged = Judged::of_lines(&sim.centre);
        let course = |line: &str| -> Course {
            let portion = |day: &history::DayCells| {
                let own = day.whole.iter().filter(|(place, _)| place.line == line);
                let tally: Tally = own.map(|(_, tally)| *tally).sum();
                let basis = measure.basis(&tally, judged[line].on(day.day));
                #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
                let (top, bottom) = (100.0 * basis.top as f64, basis.bottom as f64);
                (bottom > 0.0).then_some((day.day, Portion { top, bottom }))
            };
            days.iter().filter_map(portion).collect()
        };
        let (treated, other) = (&own.facts.line, own.facts.comparison.name());
        let found = impact(&course(treated), &course(other), own.facts.start).unwrap();
        (own, found)
    }

    #[rstest::rstest]
    #[case::in_june(1, date(2026, 6, 10))]
    #[case::in_november(1, date(2026, 11, 22))]
    fn the_help_is_found_the_fake_is_not_and_the_quiet_worsening_is_told(
        #[case] seed: u64,
        #[case] today: Date,
    ) {
        let sim = Sim::new(sample::sim().centre, seed, today);
        let first = sim.today.saturating_sub((FAKE_DAYS_AGO + 28).days());
        let mut days = Vec::new();
        history::history(&sim, first, sim.today, |day| days.push(day));
        for (id, verdict) in [
            ("guide", Verdict::Improved),
            ("music", Verdict::NoChange),
            ("form", Verdict::Worse),
        ] {
            let (own, found) = found(&sim, &days, id);
            println!("{id}: {found:?}");
            assert_eq!(
                found.verdict(own.facts.direction),
                verdict,
                "{id}: {found:?}"
            );
        }
    }

    #[test]
    fn every_action_could_have_been_registered_as_it_is() {
        let sim = sample::sim();
        for own in actions(&sim) {
            let measure = Measure::from_id(&own.facts.measure).unwrap();
            assert_eq!(measure.version, own.facts.measure_version, "{}", own.id);
            assert!(sim.centre.line(&own.facts.line).is_some(), "{}", own.id);
            assert!(own.facts.due <= own.facts.verdict, "{}", own.id);
            let registered = own.registered_ms;
            assert!(registered < day_start_ms(own.facts.start, &sim.centre.zone));
            let mut so_far = Action {
                steps: Vec::new(),
                ..own.clone()
            };
            for step in &own.steps {
                let day = crate::domain::period::local_day(step.at_ms, &sim.centre.zone);
                assert_eq!(so_far.may(step.turn, day), Ok(()), "{}", own.id);
                so_far.steps.push(step.clone());
            }
        }
    }
}
