//! Who contacts the simulated supplier, when and why, and how its people work: constants only.

use crate::domain::centre::Channel;

/// What drives the demand of a line beyond weekday and hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Bills and payments: bill runs.
    Bills,
    /// Leaks: frost, and the burst main.
    Leaks,
    /// Moving home: summer and the turn of the month.
    Moving,
    /// Meters and water quality.
    Technical,
}

/// Customers and people of one line and channel.
#[derive(Debug)]
pub struct Profile {
    /// Line of the centre's description.
    pub line: &'static str,
    /// Channel.
    pub channel: Channel,
    /// What drives it.
    pub topic: Topic,
    /// Attempts on an ordinary working day.
    pub per_day: f64,
    /// Local hour and weight of its demand, linear between.
    pub curve: &'static [(f64, f64)],
    /// Demand of Monday to Sunday against an ordinary day.
    pub weekday: [f64; 7],
    /// Mean seconds of talk, hold and wrap-up together.
    pub handle_secs: f64,
    /// Deviation of the logarithm of the handle time.
    pub handle_spread: f64,
    /// How long customers are ready to wait, seconds.
    pub patience_secs: f64,
    /// Contacts one person serves at the same time.
    pub at_once: usize,
    /// People planned beyond the bare load, in square roots of the load.
    pub reserve: f64,
    /// Fewest people on duty.
    pub fewest: usize,
    /// More than this many waiting are turned away.
    pub room: usize,
    /// Share served by the menu.
    pub self_served: f64,
    /// Share that hangs up in the menu.
    pub left_in_menu: f64,
    /// Whether a call-back is offered when the wait is long.
    pub calls_back: bool,
    /// Share of the answered who are moved on, and to which line.
    pub moves_on: (f64, &'static str),
    /// Weights of the purposes, in the order of `Purpose::ALL`.
    pub purposes: [f64; 6],
    /// Share solved at first contact.
    pub resolved: f64,
}

const OFFICE: [f64; 7] = [1.46, 1.06, 0.95, 0.9, 0.85, 0.55, 0.0];
const ALWAYS: [f64; 7] = [1.08, 1.0, 0.98, 0.98, 1.0, 0.88, 0.82];
const LETTERS: [f64; 7] = [1.15, 1.06, 1.0, 0.96, 0.92, 0.3, 0.25];

/// Two peaks, the larger one before noon; it is quiet from half past four.
const BUSY_MORNING: &[(f64, f64)] = &[
    (8.0, 0.75),
    (9.25, 1.6),
    (10.5, 1.65),
    (12.0, 1.05),
    (13.0, 0.85),
    (14.25, 1.15),
    (15.5, 0.95),
    (16.5, 0.62),
    (18.0, 0.38),
];

/// People who move call in the morning and again after lunch.
const TWO_HALVES: &[(f64, f64)] = &[
    (8.5, 0.8),
    (9.75, 1.55),
    (11.0, 1.35),
    (12.5, 0.9),
    (13.5, 1.25),
    (14.5, 1.05),
    (16.0, 0.7),
    (17.5, 0.45),
];

/// Awake people find leaks, but pipes burst at night as well.
const ROUND_THE_CLOCK: &[(f64, f64)] = &[
    (0.0, 0.42),
    (3.0, 0.33),
    (5.5, 0.45),
    (7.5, 1.3),
    (9.5, 1.8),
    (12.0, 1.25),
    (14.0, 1.1),
    (17.5, 1.35),
    (19.5, 1.15),
    (22.0, 0.7),
    (24.0, 0.42),
];

/// Letters come at all hours, most of them in the evening and the morning.
const AT_LEISURE: &[(f64, f64)] = &[
    (0.0, 0.25),
    (5.0, 0.1),
    (8.0, 1.0),
    (10.0, 1.6),
    (13.0, 1.3),
    (17.0, 1.2),
    (20.5, 1.7),
    (22.5, 1.0),
    (24.0, 0.25),
];

/// All customers of the simulated centre.
pub const PROFILES: [Profile; 7] = [
    Profile {
        line: "billing",
        channel: Channel::Voice,
        topic: Topic::Bills,
        per_day: 1_080.0,
        curve: BUSY_MORNING,
        weekday: OFFICE,
        handle_secs: 335.0,
        handle_spread: 0.65,
        patience_secs: 1_350.0,
        at_once: 1,
        reserve: 1.75,
        fewest: 4,
        room: 70,
        self_served: 0.11,
        left_in_menu: 0.03,
        calls_back: true,
        moves_on: (0.03, "technical"),
        purposes: [0.3, 0.36, 0.21, 0.1, 0.01, 0.02],
        resolved: 0.79,
    },
    Profile {
        line: "leaks",
        channel: Channel::Voice,
        topic: Topic::Leaks,
        per_day: 620.0,
        curve: ROUND_THE_CLOCK,
        weekday: ALWAYS,
        handle_secs: 270.0,
        handle_spread: 0.55,
        patience_secs: 1_200.0,
        at_once: 1,
        reserve: 1.3,
        fewest: 2,
        room: 90,
        self_served: 0.04,
        left_in_menu: 0.02,
        calls_back: false,
        moves_on: (0.05, "technical"),
        purposes: [0.17, 0.04, 0.7, 0.07, 0.005, 0.015],
        resolved: 0.62,
    },
    Profile {
        line: "moving",
        channel: Channel::Voice,
        topic: Topic::Moving,
        per_day: 340.0,
        curve: TWO_HALVES,
        weekday: OFFICE,
        handle_secs: 460.0,
        handle_spread: 0.5,
        patience_secs: 1_050.0,
        at_once: 1,
        reserve: 1.5,
        fewest: 2,
        room: 40,
        self_served: 0.06,
        left_in_menu: 0.03,
        calls_back: true,
        moves_on: (0.04, "billing"),
        purposes: [0.27, 0.62, 0.06, 0.03, 0.01, 0.01],
        resolved: 0.86,
    },
    Profile {
        line: "technical",
        channel: Channel::Voice,
        topic: Topic::Technical,
        per_day: 330.0,
        curve: BUSY_MORNING,
        weekday: OFFICE,
        handle_secs: 560.0,
        handle_spread: 0.6,
        patience_secs: 1_200.0,
        at_once: 1,
        reserve: 1.35,
        fewest: 2,
        room: 40,
        self_served: 0.05,
        left_in_menu: 0.03,
        calls_back: true,
        moves_on: (0.03, "billing"),
        purposes: [0.38, 0.1, 0.42, 0.07, 0.02, 0.01],
        resolved: 0.68,
    },
    Profile {
        line: "billing",
        channel: Channel::Chat,
        topic: Topic::Bills,
        per_day: 260.0,
        curve: BUSY_MORNING,
        weekday: OFFICE,
        handle_secs: 640.0,
        handle_spread: 0.55,
        patience_secs: 400.0,
        at_once: 2,
        reserve: 1.5,
        fewest: 2,
        room: 30,
        self_served: 0.0,
        left_in_menu: 0.0,
        calls_back: false,
        moves_on: (0.0, ""),
        purposes: [0.42, 0.33, 0.16, 0.06, 0.01, 0.02],
        resolved: 0.76,
    },
    Profile {
        line: "moving",
        channel: Channel::Chat,
        topic: Topic::Moving,
        per_day: 150.0,
        curve: TWO_HALVES,
        weekday: OFFICE,
        handle_secs: 700.0,
        handle_spread: 0.5,
        patience_secs: 400.0,
        at_once: 2,
        reserve: 1.4,
        fewest: 2,
        room: 20,
        self_served: 0.0,
        left_in_menu: 0.0,
        calls_back: false,
        moves_on: (0.0, ""),
        purposes: [0.36, 0.57, 0.04, 0.01, 0.01, 0.01],
        resolved: 0.81,
    },
    Profile {
        line: "technical",
        channel: Channel::Email,
        topic: Topic::Technical,
        per_day: 150.0,
        curve: AT_LEISURE,
        weekday: LETTERS,
        handle_secs: 430.0,
        handle_spread: 0.6,
        patience_secs: 0.0,
        at_once: 1,
        reserve: 1.6,
        fewest: 2,
        room: 0,
        self_served: 0.0,
        left_in_menu: 0.0,
        calls_back: false,
        moves_on: (0.0, ""),
        purposes: [0.4, 0.08, 0.33, 0.14, 0.04, 0.01],
        resolved: 0.7,
    },
];
