//! What becomes of a line when many of its callers follow the advice to call later: a closed loop.
//!
//! One telephone line of the simulated centre with its own customers and people, day after day. A
//! share of the callers looks before calling; whoever is advised calls then instead, once, without
//! looking again. Whoever gives the advice sees the queue as it is and learns each day from what
//! came of it. The customers are the same whatever the share and whoever advises, so that two runs
//! can be compared.

use jiff::civil::Date;

use super::chance::{Chance, millis};
use super::floor::{Floor, Glance};
use super::history::{DayCells, count_day};
use super::shape::DayGrid;
use super::simulate::{Customer, arrivals};
use super::{Sim, SimContact, roster};
use crate::domain::centre::Channel;
use crate::domain::event::{Fact, Millis};
use crate::domain::period::Span;

/// Tells callers when to call.
pub trait Adviser {
    /// Somebody is about to join the queue; `looks` if they ask first. When they are told to call
    /// instead.
    fn advise(&mut self, glance: &Glance, looks: bool) -> Option<Span>;

    /// A day is over: what was counted, and its calls in no particular order.
    fn learn(&mut self, cells: DayCells, calls: &[Call]);
}

/// One call that joined the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// When it joined.
    pub joined_ms: Millis,
    /// How long until it was answered, called back, sent away or given up.
    pub wait_ms: Millis,
    /// Whether a person was reached.
    pub answered: bool,
    /// Whether it came when it was advised to.
    pub advised: bool,
}

/// A line whose callers look before they call.
#[derive(Clone, Debug)]
pub struct Herd<'a> {
    sim: &'a Sim,
    queue: usize,
    share: f64,
    /// Who put their call off to a later day.
    later: Vec<Customer>,
}

impl<'a> Herd<'a> {
    /// The telephone of a line, of whose callers a share looks first; `None` if there is none.
    #[must_use]
    pub fn new(sim: &'a Sim, line: &str, share: f64) -> Option<Self> {
        let mut queues = sim.queues.iter();
        let queue = queues
            .position(|queue| queue.place.line == line && queue.place.channel == Channel::Voice)?;
        Some(Self {
            sim,
            queue,
            share,
            later: Vec::new(),
        })
    }

    /// Lets a day pass. Days follow each other.
    pub fn pass(&mut self, day: Date, adviser: &mut impl Adviser) -> Vec<Call> {
        let queue = &self.sim.queues[self.queue];
        let grid = DayGrid::of(day, &self.sim.centre.zone);
        let mut customers = arrivals(self.sim, queue, self.queue, &grid);
        let own = customers.len();
        let due = |customer: &mut Customer| grid.span.contains(customer.joins_ms);
        customers.extend(self.later.extract_if(.., due));
        let topic = format!("herding {}", queue.profile.line);
        let mut chance = Chance::new(self.sim.seed, day, &topic);
        // Drawn for everybody, so that whoever looks at a small share looks at a larger one too.
        let drawn = |_| (chance.unit(), chance.unit());
        let drawn: Vec<(f64, f64)> = (0..own).map(drawn).collect();
        let mut is_advised: Vec<bool> = (0..customers.len()).map(|at| at >= own).collect();
        let mut floor = Floor::new(self.sim, &grid);
        floor.staff(self.queue, &roster::on_duty(self.sim, queue, &grid));
        let passed = floor.run_gated(&customers, &mut |customer, glance| {
            let drawn = drawn.get(customer);
            let looks = drawn.is_some_and(|(looks, _)| *looks <= self.share);
            let span = adviser.advise(&glance, looks).filter(|_| looks)?;
            is_advised[customer] = true;
            drawn.map(|(_, within)| moment(span, *within))
        });
        self.later
            .extend(passed.later.iter().map(|(customer, at_ms)| {
                let customer = &customers[*customer];
                let menu_ms = customer.joins_ms - customer.rings_ms;
                Customer {
                    joins_ms: *at_ms,
                    rings_ms: at_ms - menu_ms,
                    ..customer.clone()
                }
            }));
        let calls = passed.facts.iter().zip(is_advised);
        let calls: Vec<Call> = calls
            .filter_map(|(facts, advised)| call(facts, advised))
            .collect();
        let came = passed.facts.into_iter().filter(|facts| !facts.is_empty());
        let contacts = came.map(|facts| SimContact {
            day,
            number: 0,
            facts,
        });
        adviser.learn(count_day(self.sim, day, contacts.collect()), &calls);
        calls
    }
}

/// An instant of a span, by a number of (0, 1].
fn moment(span: Span, within: f64) -> Millis {
    let length_ms = span.end_ms - span.start_ms;
    let secs = super::chance::float(usize::try_from(length_ms / 1_000).unwrap_or(0));
    (span.start_ms + millis(secs * within)).min(span.end_ms - 1)
}

/// A call that joined the queue, out of what is said about it.
fn call(facts: &[(Millis, Fact)], advised: bool) -> Option<Call> {
    let mut facts = facts.iter();
    let (joined_ms, _) = facts.find(|(_, fact)| matches!(fact, Fact::Offered(_)))?;
    facts.find_map(|(at_ms, fact)| {
        let answered = match fact {
            Fact::Answered | Fact::CallbackKept => true,
            Fact::Abandoned | Fact::Deflected | Fact::CallbackFailed => false,
            _ => return None,
        };
        Some(Call {
            joined_ms: *joined_ms,
            wait_ms: at_ms - joined_ms,
            answered,
            advised,
        })
    })
}
