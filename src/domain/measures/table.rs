//! The definitions, as `/method` prints them. Code, API and pages take them from here.

use jiff::civil::{Date, date};

use super::record::{
    ANSWERED_LATE, ANSWERED_SOON, CES_EASY, CES_MEAN, COMPLAINTS_CLOSED,
    COMPLAINTS_CLOSED_UNOPENED, COMPLAINTS_IN_TIME, COMPLAINTS_OPENED, COMPLAINTS_PER_THOUSAND,
    COMPLAINTS_QUICK, CSAT, NPS, RESPONSE_RATE, SURVEYS_SENT, UNCLASSIFIED_SHARE, purpose_share,
};
use super::{Kind, Measure, Quantity, Term, Threshold};
use crate::domain::period::Grain;
use crate::domain::tally::{Count, Waits};

use Term::{Beyond, Count as Of, Within};

/// The day on which the first versions were fixed.
pub(super) const FIRST: Date = date(2026, 11, 22);

const fn count(count: Count, name: &'static str, formula: &'static str) -> Measure {
    Measure {
        id: count.name(),
        name,
        unit: "contacts",
        formula,
        words: count.description(),
        version: 1,
        since: FIRST,
        kind: Kind::Count(count),
        needs: match count {
            Count::Refused => &[Count::Refused],
            Count::LeftInMenu => &[Count::LeftInMenu],
            Count::SelfServed => &[Count::SelfServed],
            Count::Offered => &[Count::Offered],
            Count::Answered => &[Count::Answered],
            Count::Abandoned => &[Count::Abandoned],
            Count::Deflected => &[Count::Deflected],
            // Whoever is still to be called back is known where the asking is known.
            Count::CallbacksRequested | Count::CallbacksPending => &[Count::CallbacksRequested],
            Count::CallbacksKept => &[Count::CallbacksKept],
            Count::CallbacksFailed => &[Count::CallbacksFailed],
            Count::Transferred => &[Count::Transferred],
            Count::Handled => &[Count::Handled],
            Count::PurposeInformation => &[Count::PurposeInformation],
            Count::PurposeTransaction => &[Count::PurposeTransaction],
            Count::PurposeProblem => &[Count::PurposeProblem],
            Count::PurposeComplaint => &[Count::PurposeComplaint],
            Count::PurposeIdea => &[Count::PurposeIdea],
            Count::PurposeCompliment => &[Count::PurposeCompliment],
            // Whoever has no end is recorded by ourselves: it is known where attempts are known.
            _ => &[Count::Attempts],
        },
        tells: &[],
        finest: Grain::Interval,
        whole_centre_only: false,
    }
}

pub(super) const fn share(
    (id, name): (&'static str, &'static str),
    (formula, words): (&'static str, &'static str),
    (numerator, denominator): (Quantity, Quantity),
    needs: &'static [Count],
) -> Measure {
    Measure {
        id,
        name,
        unit: "percent",
        formula,
        words,
        version: 1,
        since: FIRST,
        kind: Kind::Share {
            numerator,
            denominator,
        },
        needs,
        tells: &[],
        finest: Grain::Interval,
        whole_centre_only: false,
    }
}

const fn seconds(
    (id, name): (&'static str, &'static str),
    (formula, words): (&'static str, &'static str),
    kind: Kind,
    needs: &'static [Count],
) -> Measure {
    Measure {
        id,
        name,
        unit: "seconds",
        formula,
        words,
        version: 1,
        since: FIRST,
        kind,
        needs,
        tells: &[],
        finest: Grain::Interval,
        whole_centre_only: false,
    }
}

pub(super) const fn sum(plus: &'static [Term]) -> Quantity {
    Quantity { plus, minus: &[] }
}

/// A purpose. Since its second version it counts only those who were put on a line, so that the
/// purposes and those without one add up to them.
const fn purpose(purpose: Count, name: &'static str) -> Measure {
    Measure {
        version: 2,
        ..count(purpose, name, purpose.name())
    }
}

/// Everyone who wanted a person: `A − V`.
const WANTED_A_PERSON: Quantity = Quantity {
    plus: &[Of(Count::Attempts)],
    minus: &[Of(Count::SelfServed)],
};

/// `O − B_s`.
const OFFERED_WITHOUT_SHORT: Quantity = Quantity {
    plus: &[Of(Count::Offered)],
    minus: &[Within(Waits::Abandoned, Threshold::ShortAbandon)],
};

const SERVICE_LEVEL: Measure = share(
    ("service_level", "Service level, company side"),
    (
        "N_T / (O − B_s)",
        "Answered within the line's threshold T of being put on the line, among all who were put \
         on it. Hang-ups within the short-abandon threshold s are left out.",
    ),
    (
        sum(&[Within(Waits::Answered, Threshold::ServiceLevel)]),
        OFFERED_WITHOUT_SHORT,
    ),
    &[Count::Offered, Count::Answered, Count::Abandoned],
);

const SERVICE_LEVEL_CUSTOMER: Measure = share(
    ("service_level_customer", "Service level, customer side"),
    (
        "N_T' / (A − V)",
        "Reached a person within the line's promise T' of the first ring, call-backs counted with \
         their whole wait, among all who wanted a person. Short hang-ups stay in.",
    ),
    (
        sum(&[Within(Waits::Customer, Threshold::Promise)]),
        WANTED_A_PERSON,
    ),
    &[Count::Attempts, Count::Answered],
);

const REACH_RATE: Measure = share(
    ("reach_rate", "Reached a person"),
    (
        "(N + C_ok) / (A − V)",
        "Answered or called back and reached, among all who wanted a person.",
    ),
    (
        sum(&[Of(Count::Answered), Of(Count::CallbacksKept)]),
        WANTED_A_PERSON,
    ),
    &[Count::Attempts, Count::Answered],
);

const REFUSED_RATE: Measure = share(
    ("refused_rate", "Turned away"),
    ("R / A", "Turned away by us, among all who tried."),
    (sum(&[Of(Count::Refused)]), sum(&[Of(Count::Attempts)])),
    &[Count::Attempts, Count::Refused],
);

const ABANDONMENT: Measure = share(
    ("abandonment", "Hung up while waiting"),
    (
        "(B − B_s) / (O − B_s)",
        "Hung up while waiting, after more than the short-abandon threshold s, among all who were \
         put on the line without those who hung up within s.",
    ),
    (
        sum(&[Beyond(Waits::Abandoned, Threshold::ShortAbandon)]),
        OFFERED_WITHOUT_SHORT,
    ),
    &[Count::Offered, Count::Abandoned],
);

const SHORT_ABANDONMENT: Measure = share(
    ("short_abandonment", "Hung up at once"),
    (
        "B_s / O",
        "Hung up within the short-abandon threshold s, among all who were put on the line.",
    ),
    (
        sum(&[Within(Waits::Abandoned, Threshold::ShortAbandon)]),
        sum(&[Of(Count::Offered)]),
    ),
    &[Count::Offered, Count::Abandoned],
);

/// The short among those who hung up. It is not published: it decides where the short hang-ups in
/// other measures are.
pub static SHORT_OF_ABANDONED: Measure = share(
    (
        "short_of_abandoned",
        "Hung up at once, of those who hung up",
    ),
    (
        "B_s / B",
        "Hung up within the short-abandon threshold s, among all who hung up.",
    ),
    (
        sum(&[Within(Waits::Abandoned, Threshold::ShortAbandon)]),
        sum(&[Of(Count::Abandoned)]),
    ),
    &[Count::Abandoned],
);

const LONG_WAIT: Measure = share(
    ("long_wait", "Waited more than 10 minutes"),
    (
        "(reached > 10 min + hung up > 10 min) / (A − V)",
        "Waited more than 10 minutes for a person (from the first ring) or before hanging up (on \
         the line), among all who wanted a person.",
    ),
    (
        sum(&[
            Beyond(Waits::Customer, Threshold::LongWait),
            Beyond(Waits::Abandoned, Threshold::LongWait),
        ]),
        WANTED_A_PERSON,
    ),
    &[Count::Attempts, Count::Answered, Count::Abandoned],
);

const RESOLUTION: Measure = Measure {
    // It changes for 7 days and is known for few: parts of a day would be mostly withheld.
    finest: Grain::Day,
    ..share(
        ("resolution", "Solved at first contact"),
        (
            "resolved / resolution_known",
            "Solved at first contact, among those of whom it is known.",
        ),
        (
            sum(&[Of(Count::Resolved)]),
            sum(&[Of(Count::ResolutionKnown)]),
        ),
        &[Count::Resolved, Count::ResolutionKnown],
    )
};

const WAIT_MEAN: Measure = seconds(
    ("wait_mean", "Average speed of answer"),
    (
        "wait_ms_sum(answered) / N",
        "Mean wait on the line of those who were answered. Never shown without median and P90.",
    ),
    Kind::Mean {
        sum: Count::WaitAnsweredMsSum,
        of: Count::Answered,
    },
    &[Count::Answered],
);

const HANDLE_TIME: Measure = seconds(
    ("handle_time", "Average handle time"),
    (
        "handle_ms_sum / handled",
        "Mean of talk, hold and wrap-up together, over contacts of which it is known.",
    ),
    Kind::Mean {
        sum: Count::HandleMsSum,
        of: Count::Handled,
    },
    &[Count::Handled],
);

const fn percentile(
    names: (&'static str, &'static str),
    words: (&'static str, &'static str),
    waits: Waits,
    share: f64,
) -> Measure {
    seconds(
        names,
        words,
        Kind::Percentile { waits, share },
        &[Count::Answered],
    )
}

const AVERAGE_BACKLOG: Measure = Measure {
    unit: "contacts",
    ..seconds(
        ("average_backlog", "Waiting on average"),
        (
            "(wait_ms_sum(answered) + wait_ms_sum(abandoned)) / length of time",
            "How many people waited at the same time on average: all waits on the line added up, \
             divided by the length of time (Little's law).",
        ),
        Kind::Backlog,
        &[Count::Answered, Count::Abandoned],
    )
};

/// Every measure, in the order in which it is offered.
pub const MEASURES: &[Measure] = &[
    count(Count::Attempts, "Contacts", "A"),
    count(Count::Offered, "Put on a line", "O"),
    count(Count::Answered, "Answered", "N"),
    count(Count::Abandoned, "Hung up while waiting", "B"),
    count(Count::Refused, "Turned away", "R"),
    count(Count::LeftInMenu, "Hung up in the menu", "M"),
    count(Count::SelfServed, "Served by the menu", "V"),
    count(Count::Deflected, "Moved out of the queue", "D"),
    count(Count::CallbacksRequested, "Call-backs asked for", "C"),
    count(Count::CallbacksKept, "Call-backs kept", "C_ok"),
    count(Count::CallbacksPending, "Call-backs still due", "C_pending"),
    count(Count::CallbacksFailed, "Call-backs failed", "C_failed"),
    count(Count::Transferred, "Moved to another line", "transferred"),
    count(Count::Lost, "Unexplained", "lost"),
    count(Count::Waiting, "Not ended yet", "waiting"),
    count(Count::Handled, "Handle time known", "handled"),
    purpose(Count::PurposeInformation, "Information"),
    purpose(Count::PurposeTransaction, "Transactions"),
    purpose(Count::PurposeProblem, "Problems"),
    purpose(Count::PurposeComplaint, "Complaints"),
    purpose(Count::PurposeIdea, "Ideas"),
    purpose(Count::PurposeCompliment, "Compliments"),
    SERVICE_LEVEL_CUSTOMER,
    SERVICE_LEVEL,
    REACH_RATE,
    REFUSED_RATE,
    ABANDONMENT,
    SHORT_ABANDONMENT,
    LONG_WAIT,
    percentile(
        ("wait_median", "Typical wait"),
        (
            "median of the waits of the answered",
            "Half of those who were answered waited no longer than this on the line; linear \
             inside its bin.",
        ),
        Waits::Answered,
        0.5,
    ),
    percentile(
        ("wait_p90", "Wait of nine in ten"),
        (
            "90th percentile of the waits of the answered",
            "Nine in ten of those who were answered waited no longer than this on the line; \
             linear inside its bin.",
        ),
        Waits::Answered,
        0.9,
    ),
    WAIT_MEAN,
    percentile(
        ("wait_customer_median", "Typical wait from the first ring"),
        (
            "median of the waits from the first ring to a person",
            "Half of those who reached a person did so within this of the first ring, call-backs \
             counted with their whole wait; linear inside its bin.",
        ),
        Waits::Customer,
        0.5,
    ),
    percentile(
        (
            "wait_customer_p90",
            "Wait of nine in ten from the first ring",
        ),
        (
            "90th percentile of the waits from the first ring to a person",
            "Nine in ten of those who reached a person did so within this of the first ring, \
             call-backs counted with their whole wait; linear inside its bin.",
        ),
        Waits::Customer,
        0.9,
    ),
    percentile(
        ("wait_p10", "Wait of the quickest tenth"),
        (
            "10th percentile of the waits of the answered",
            "One in ten of those who were answered waited no longer than this on the line; linear \
             inside its bin.",
        ),
        Waits::Answered,
        0.1,
    ),
    percentile(
        ("wait_max", "Longest wait, at most"),
        (
            "upper bound of the highest bin used by the waits of the answered",
            "Nobody who was answered waited longer than this on the line: the upper bound of the bin \
             in which the longest wait lies.",
        ),
        Waits::Answered,
        1.0,
    ),
    percentile(
        (
            "wait_customer_p10",
            "Wait of the quickest tenth from the first ring",
        ),
        (
            "10th percentile of the waits from the first ring to a person",
            "One in ten of those who reached a person did so within this of the first ring; linear \
             inside its bin.",
        ),
        Waits::Customer,
        0.1,
    ),
    percentile(
        (
            "wait_customer_max",
            "Longest wait from the first ring, at most",
        ),
        (
            "upper bound of the highest bin used by the waits from the first ring to a person",
            "Nobody who reached a person waited longer than this from the first ring: the upper bound \
             of the bin in which the longest wait lies.",
        ),
        Waits::Customer,
        1.0,
    ),
    ANSWERED_SOON,
    ANSWERED_LATE,
    HANDLE_TIME,
    AVERAGE_BACKLOG,
    RESOLUTION,
    purpose_share(Count::PurposeInformation),
    purpose_share(Count::PurposeTransaction),
    purpose_share(Count::PurposeProblem),
    purpose_share(Count::PurposeComplaint),
    purpose_share(Count::PurposeIdea),
    purpose_share(Count::PurposeCompliment),
    UNCLASSIFIED_SHARE,
    COMPLAINTS_OPENED,
    COMPLAINTS_CLOSED,
    COMPLAINTS_CLOSED_UNOPENED,
    COMPLAINTS_QUICK,
    COMPLAINTS_IN_TIME,
    COMPLAINTS_PER_THOUSAND,
    SURVEYS_SENT,
    RESPONSE_RATE,
    CSAT,
    NPS,
    CES_MEAN,
    CES_EASY,
];
