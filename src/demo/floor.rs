//! The queues of one day: who waits, who is served, in what order. A discrete-event simulation.
//!
//! First come, first served in each queue. What is certain beforehand (arrivals, shifts) lies in
//! one sorted list; what follows from it (ends of service, lost patience) in a heap.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::chance::{float, millis};
use super::shape::DayGrid;
use super::simulate::{Customer, Way, note_end};
use super::{Queue, Sim};
use crate::domain::event::{Fact, Millis};

/// Nobody waits longer: a machine takes a message instead.
const LONGEST_WAIT_MS: Millis = 25 * 60_000;
/// People stay this long after closing for those who still wait.
const STAY_MS: Millis = 20 * 60_000;
/// A call-back is offered from this expected wait on.
const CALLBACK_FROM_SECS: f64 = 600.0;
/// So long it takes to hear the offer and take it.
const CALLBACK_TAKES_MS: Millis = 35_000;
/// So long a call-back rings before it is given up.
const RINGS_IN_VAIN_MS: Millis = 45_000;
/// The announcement for those who are turned away.
const TURNED_AWAY_MS: Millis = 6_000;

/// Departures and answers are seen for this long.
const SEEN_MS: Millis = 30 * 60_000;

/// What can be seen of a queue at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance {
    /// When.
    pub at_ms: Millis,
    /// How many wait.
    pub waiting: usize,
    /// How long the next in turn has waited so far.
    pub head_wait_ms: Option<Millis>,
    /// How long the last one answered had waited.
    pub last_answered_wait_ms: Option<Millis>,
    /// How many left the queue within the last half hour: answers and hang-ups.
    pub departures: usize,
}

/// Asked for each customer, by number, who is about to join: when they come instead, if not now.
pub type Gate<'a> = dyn FnMut(usize, Glance) -> Option<Millis> + 'a;

/// A day that is over.
#[derive(Clone, Debug, Default)]
pub struct Passed {
    /// The facts of every customer, in their order; none of those who did not come.
    pub facts: Vec<Vec<(Millis, Fact)>>,
    /// Who will come on a later day instead, and when.
    pub later: Vec<(usize, Millis)>,
}

/// What happens next, certain beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Plan {
    /// A queue has so many places served at once.
    Places { queue: usize, places: usize },
    /// Who still waits there is sent away.
    Empties { queue: usize },
    /// A customer comes.
    Comes { customer: usize },
}

/// What happens next as a consequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// A person is free again.
    Free { queue: usize, customer: usize },
    /// A customer loses patience in their n-th wait.
    GivesUp { customer: usize, wait: u8 },
    /// A customer takes the call-back.
    TakesCallback { customer: usize },
    /// A customer comes who had put it off.
    Returns { customer: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Away,
    Waiting,
    WaitsForCallback,
    Served,
    Dialled,
}

#[derive(Clone, Copy, Debug)]
struct Progress {
    state: State,
    /// When the last wait began.
    since_ms: Millis,
    /// How many waits began.
    waits: u8,
    /// How often served.
    served: u8,
}

#[derive(Debug)]
struct Bench {
    line: VecDeque<usize>,
    /// How many of `line` still wait.
    waiting: usize,
    places: usize,
    busy: usize,
    handle_secs: f64,
    /// When somebody left the queue; only the last half hour is of interest.
    departures: VecDeque<Millis>,
    /// When the last one was answered, and after what wait.
    last_answered: Option<(Millis, Millis)>,
}

impl Bench {
    fn leaves(&mut self, at_ms: Millis) {
        self.departures.push_back(at_ms);
        while self
            .departures
            .front()
            .is_some_and(|then| at_ms - then >= SEEN_MS)
        {
            self.departures.pop_front();
        }
    }
}

/// The queues of one day.
pub struct Floor<'a> {
    queues: &'a [Queue],
    grid: &'a DayGrid,
    benches: Vec<Bench>,
    plans: Vec<(Millis, Plan)>,
    due: BinaryHeap<Reverse<(Millis, Due)>>,
    progress: Vec<Progress>,
    facts: Vec<Vec<(Millis, Fact)>>,
}

impl<'a> Floor<'a> {
    /// Empty queues without people.
    #[must_use]
    pub fn new(sim: &'a Sim, grid: &'a DayGrid) -> Self {
        let bench = |queue: &Queue| Bench {
            line: VecDeque::new(),
            waiting: 0,
            places: 0,
            busy: 0,
            handle_secs: queue.profile.handle_secs,
            departures: VecDeque::new(),
            last_answered: None,
        };
        Self {
            queues: &sim.queues,
            grid,
            benches: sim.queues.iter().map(bench).collect(),
            plans: Vec::new(),
            due: BinaryHeap::new(),
            progress: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// Puts people on a queue, quarter by quarter. When it closes they stay a little for those
    /// who still wait; at midnight the last shift goes on.
    pub fn staff(&mut self, queue: usize, on_duty: &[usize]) {
        let at_once = self.queues[queue].profile.at_once;
        let mut before = 0;
        for (quarter, on_duty) in self.grid.quarters.iter().zip(on_duty) {
            let places = on_duty * at_once;
            if places == 0 && before > 0 {
                let at_ms = quarter.start_ms + STAY_MS;
                self.plans.push((at_ms, Plan::Empties { queue }));
            } else if places != before {
                let plan = Plan::Places { queue, places };
                self.plans.push((quarter.start_ms, plan));
            }
            before = places;
        }
    }

    /// Lets the day pass; the facts of every customer, in their order.
    #[must_use]
    pub fn run(self, customers: &[Customer]) -> Vec<Vec<(Millis, Fact)>> {
        self.run_gated(customers, &mut |_, _| None).facts
    }

    /// Lets the day pass; who is about to join may be sent to a later time.
    #[must_use]
    pub fn run_gated(mut self, customers: &[Customer], gate: &mut Gate<'_>) -> Passed {
        let away = Progress {
            state: State::Away,
            since_ms: 0,
            waits: 0,
            served: 0,
        };
        self.progress = vec![away; customers.len()];
        self.facts = customers.iter().map(|_| Vec::with_capacity(6)).collect();
        let comes = customers.iter().enumerate();
        let comes = comes.map(|(i, c)| (c.joins_ms, Plan::Comes { customer: i }));
        let mut plans = std::mem::take(&mut self.plans);
        plans.extend(comes);
        plans.sort_unstable();
        let mut plans = plans.into_iter().peekable();
        let mut later = Vec::new();
        loop {
            let planned_ms = plans.peek().map_or(Millis::MAX, |(at_ms, _)| *at_ms);
            let due_ms = self.due.peek().map_or(Millis::MAX, |due| due.0.0);
            if due_ms <= planned_ms
                && let Some(Reverse((at_ms, due))) = self.due.pop()
            {
                self.follow(at_ms, due, customers);
            } else if let Some((at_ms, plan)) = plans.next() {
                match (plan, self.puts_off(at_ms, plan, customers, gate)) {
                    (Plan::Comes { customer }, Some(then_ms))
                        if then_ms >= self.grid.span.end_ms =>
                    {
                        later.push((customer, then_ms));
                    }
                    (Plan::Comes { customer }, Some(then_ms)) => {
                        let returns = Due::Returns { customer };
                        self.due.push(Reverse((then_ms, returns)));
                    }
                    _ => self.begin(at_ms, plan, customers),
                }
            } else {
                let facts = self.facts;
                return Passed { facts, later };
            }
        }
    }

    /// When somebody who is about to join comes instead.
    fn puts_off(
        &self,
        at_ms: Millis,
        plan: Plan,
        customers: &[Customer],
        gate: &mut Gate<'_>,
    ) -> Option<Millis> {
        let Plan::Comes { customer } = plan else {
            return None;
        };
        if customers[customer].way != Way::Joins {
            return None;
        }
        let then_ms = gate(customer, self.glance(customers[customer].queue, at_ms));
        then_ms.filter(|then_ms| *then_ms > at_ms)
    }

    fn glance(&self, queue: usize, at_ms: Millis) -> Glance {
        let bench = &self.benches[queue];
        let mut waiting = bench.line.iter().map(|customer| &self.progress[*customer]);
        let head = waiting.find(|progress| progress.state == State::Waiting);
        let seen = |then_ms: &Millis| at_ms - then_ms < SEEN_MS;
        Glance {
            at_ms,
            waiting: bench.waiting,
            head_wait_ms: head.map(|progress| at_ms - progress.since_ms),
            last_answered_wait_ms: bench
                .last_answered
                .filter(|(answered_ms, _)| seen(answered_ms))
                .map(|(_, wait_ms)| wait_ms),
            departures: bench
                .departures
                .iter()
                .rev()
                .take_while(|at| seen(at))
                .count(),
        }
    }

    fn begin(&mut self, at_ms: Millis, plan: Plan, customers: &[Customer]) {
        match plan {
            Plan::Places { queue, places } => {
                self.benches[queue].places = places;
                self.serve(queue, at_ms, customers);
            }
            Plan::Empties { queue } => self.empty(queue, at_ms),
            Plan::Comes { customer } => self.come(customer, at_ms, customers),
        }
    }

    fn follow(&mut self, at_ms: Millis, due: Due, customers: &[Customer]) {
        match due {
            Due::Free { queue, customer } => {
                self.benches[queue].busy -= 1;
                self.finish(queue, customer, at_ms, customers);
                self.serve(queue, at_ms, customers);
            }
            Due::GivesUp { customer, wait } => {
                let progress = self.progress[customer];
                if progress.state == State::Waiting && progress.waits == wait {
                    self.give_up(customer, at_ms, customers);
                }
            }
            Due::Returns { customer } => self.come(customer, at_ms, customers),
            Due::TakesCallback { customer } => {
                if self.progress[customer].state == State::Waiting {
                    self.progress[customer].state = State::WaitsForCallback;
                    self.facts[customer].push((at_ms, Fact::CallbackRequested));
                }
            }
        }
    }

    fn come(&mut self, index: usize, at_ms: Millis, customers: &[Customer]) {
        let customer = &customers[index];
        let queue = customer.queue;
        let place = &self.queues[queue].place;
        let facts = &mut self.facts[index];
        let menu_ms = customer.joins_ms - customer.rings_ms;
        facts.push((at_ms - menu_ms, Fact::Attempted(place.clone())));
        let full = self.benches[queue].waiting >= self.queues[queue].profile.room;
        match customer.way {
            Way::LeavesMenu => facts.push((at_ms, Fact::LeftMenu)),
            Way::SelfServed => facts.push((at_ms, Fact::SelfServed)),
            Way::Closed => facts.push((at_ms, Fact::Refused(place.clone()))),
            Way::Joins if full => {
                facts.push((at_ms + TURNED_AWAY_MS, Fact::Refused(place.clone())));
            }
            Way::Joins => {
                facts.push((at_ms, Fact::Offered(place.clone())));
                let bench = &self.benches[queue];
                let places = float(bench.places.max(1));
                let expected_secs = float(bench.waiting) / places * bench.handle_secs;
                self.wait(index, queue, at_ms, customer.patience_ms);
                if customer.takes_callback && expected_secs > CALLBACK_FROM_SECS {
                    let takes = Due::TakesCallback { customer: index };
                    self.due.push(Reverse((at_ms + CALLBACK_TAKES_MS, takes)));
                }
                self.serve(queue, at_ms, customers);
            }
        }
    }

    fn wait(&mut self, customer: usize, queue: usize, at_ms: Millis, patience_ms: Millis) {
        let bench = &mut self.benches[queue];
        bench.line.push_back(customer);
        bench.waiting += 1;
        let progress = &mut self.progress[customer];
        progress.state = State::Waiting;
        progress.since_ms = at_ms;
        progress.waits += 1;
        // Who is served at once needs no patience.
        if bench.waiting > 1 || bench.busy >= bench.places {
            let wait = progress.waits;
            let gives_up = Due::GivesUp { customer, wait };
            let at_ms = at_ms + patience_ms.min(LONGEST_WAIT_MS);
            self.due.push(Reverse((at_ms, gives_up)));
        }
    }

    /// Where a customer waits: after having been moved on, in another queue than they came to.
    fn queue_of(&self, customer: usize, customers: &[Customer]) -> usize {
        let came_to = customers[customer].queue;
        if self.progress[customer].served == 0 {
            return came_to;
        }
        self.moves_to(came_to).unwrap_or(came_to)
    }

    fn moves_to(&self, queue: usize) -> Option<usize> {
        let from = self.queues[queue].profile;
        let mut queues = self.queues.iter();
        queues
            .position(|to| to.profile.line == from.moves_on.1 && to.profile.channel == from.channel)
    }

    fn give_up(&mut self, customer: usize, at_ms: Millis, customers: &[Customer]) {
        let queue = self.queue_of(customer, customers);
        self.benches[queue].waiting -= 1;
        self.benches[queue].leaves(at_ms);
        self.progress[customer].state = State::Away;
        let by_us = customers[customer].patience_ms >= LONGEST_WAIT_MS;
        let fact = if by_us {
            Fact::Deflected
        } else {
            Fact::Abandoned
        };
        self.facts[customer].push((at_ms, fact));
    }

    /// Free people take the next in turn.
    fn serve(&mut self, queue: usize, at_ms: Millis, customers: &[Customer]) {
        while self.benches[queue].busy < self.benches[queue].places {
            let Some(next) = self.benches[queue].line.pop_front() else {
                return;
            };
            let customer = &customers[next];
            let progress = &mut self.progress[next];
            let (state, fact, busy_ms) = match progress.state {
                State::Waiting => {
                    let handle_ms = customer.handle_ms[usize::from(progress.served.min(1))];
                    (State::Served, Some(Fact::Answered), handle_ms)
                }
                State::WaitsForCallback if customer.picks_up => {
                    let handle_ms = customer.handle_ms[0];
                    (State::Served, Some(Fact::CallbackKept), handle_ms)
                }
                State::WaitsForCallback => (State::Dialled, None, RINGS_IN_VAIN_MS),
                // Gave up meanwhile.
                State::Away | State::Served | State::Dialled => continue,
            };
            progress.state = state;
            let since_ms = progress.since_ms;
            self.facts[next].extend(fact.map(|fact| (at_ms, fact)));
            let bench = &mut self.benches[queue];
            bench.waiting -= 1;
            bench.busy += 1;
            bench.leaves(at_ms);
            if state == State::Served {
                bench.last_answered = Some((at_ms, at_ms - since_ms));
            }
            let customer = next;
            let free = Due::Free { queue, customer };
            self.due.push(Reverse((at_ms + busy_ms, free)));
        }
    }

    /// A person has finished with somebody: they leave, or are moved on to another line.
    fn finish(&mut self, queue: usize, index: usize, at_ms: Millis, customers: &[Customer]) {
        let customer = &customers[index];
        let progress = &mut self.progress[index];
        let dialled = progress.state == State::Dialled;
        progress.state = State::Away;
        if dialled {
            self.facts[index].push((at_ms, Fact::CallbackFailed));
            return;
        }
        let handle_ms = customer.handle_ms[usize::from(progress.served.min(1))];
        progress.served += 1;
        let first = progress.served == 1;
        let target = self.moves_to(queue);
        let target = target.filter(|to| first && customer.moves_on && self.benches[*to].places > 0);
        let facts = &mut self.facts[index];
        if let Some(target) = target {
            let place = self.queues[target].place.clone();
            let handle_ms = Some(handle_ms);
            facts.push((at_ms, Fact::Transferred(place)));
            facts.push((at_ms, Fact::Ended { handle_ms }));
            let patience_ms = customer.patience_ms.max(millis(120.0));
            self.wait(index, target, at_ms, patience_ms);
            self.serve(target, at_ms, customers);
        } else {
            let (purpose, resolved) = (customer.purpose, customer.resolved);
            note_end(facts, at_ms, handle_ms, purpose, resolved);
        }
    }

    /// Everybody who still waits is told that it is too late for today.
    fn empty(&mut self, queue: usize, at_ms: Millis) {
        let bench = &mut self.benches[queue];
        bench.places = 0;
        bench.waiting = 0;
        for customer in bench.line.drain(..) {
            let fact = match self.progress[customer].state {
                State::Waiting => Fact::Deflected,
                State::WaitsForCallback => Fact::CallbackFailed,
                State::Away | State::Served | State::Dialled => continue,
            };
            self.progress[customer].state = State::Away;
            self.facts[customer].push((at_ms, fact));
        }
    }
}
