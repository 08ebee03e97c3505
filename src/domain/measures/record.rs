//! The definitions of the daily record: purposes, complaints, satisfaction.

use super::table::{FIRST, share, sum};
use super::{Kind, Measure, Quantity, Term, Threshold};
use crate::domain::event::EventKind;
use crate::domain::facts::{Group, Scale};
use crate::domain::period::Grain;
use crate::domain::tally::{Count, Waits};

use Term::{Beyond, Count as Of, Facts, Within};

/// Everyone who was put on a line.
const OFFERED: Quantity = sum(&[Of(Count::Offered)]);

/// A measure of what followed contacts. It is known by the day at best: there are few.
const fn of_facts(
    (id, name, unit): (&'static str, &'static str, &'static str),
    (formula, words): (&'static str, &'static str),
    kind: Kind,
    tells: &'static [EventKind],
) -> Measure {
    Measure {
        id,
        name,
        unit,
        formula,
        words,
        version: 1,
        since: FIRST,
        kind,
        needs: &[],
        tells,
        finest: Grain::Day,
        whole_centre_only: false,
    }
}

/// The share of a purpose. By line, the purposes and those without one would be one more sum that
/// gives small numbers away.
pub(super) const fn purpose_share(purpose: Count) -> Measure {
    let (names, formula, numerator, needs): (_, _, _, &[Count]) = match purpose {
        Count::PurposeInformation => (
            ("share_information", "Share: information"),
            "purpose_information / O",
            sum(&[Of(Count::PurposeInformation)]),
            &[Count::Offered, Count::PurposeInformation],
        ),
        Count::PurposeTransaction => (
            ("share_transaction", "Share: transactions"),
            "purpose_transaction / O",
            sum(&[Of(Count::PurposeTransaction)]),
            &[Count::Offered, Count::PurposeTransaction],
        ),
        Count::PurposeProblem => (
            ("share_problem", "Share: problems"),
            "purpose_problem / O",
            sum(&[Of(Count::PurposeProblem)]),
            &[Count::Offered, Count::PurposeProblem],
        ),
        Count::PurposeComplaint => (
            ("share_complaint", "Share: complaints"),
            "purpose_complaint / O",
            sum(&[Of(Count::PurposeComplaint)]),
            &[Count::Offered, Count::PurposeComplaint],
        ),
        Count::PurposeIdea => (
            ("share_idea", "Share: ideas"),
            "purpose_idea / O",
            sum(&[Of(Count::PurposeIdea)]),
            &[Count::Offered, Count::PurposeIdea],
        ),
        _ => (
            ("share_compliment", "Share: compliments"),
            "purpose_compliment / O",
            sum(&[Of(Count::PurposeCompliment)]),
            &[Count::Offered, Count::PurposeCompliment],
        ),
    };
    Measure {
        finest: Grain::Day,
        whole_centre_only: true,
        ..share(names, (formula, PURPOSE_WORDS), (numerator, OFFERED), needs)
    }
}

const PURPOSE_WORDS: &str =
    "Contacted us for this purpose, among all who were put on a line, classified or not.";

pub(super) const UNCLASSIFIED_SHARE: Measure = Measure {
    finest: Grain::Day,
    whole_centre_only: true,
    ..share(
        ("share_unclassified", "Share: not classified"),
        (
            "(O − all purposes) / O",
            "Nobody told why they contacted us, among all who were put on a line. This share and \
             those of the purposes add up to 100 %.",
        ),
        (
            Quantity {
                plus: &[Of(Count::Offered)],
                minus: &[
                    Of(Count::PurposeInformation),
                    Of(Count::PurposeTransaction),
                    Of(Count::PurposeProblem),
                    Of(Count::PurposeComplaint),
                    Of(Count::PurposeIdea),
                    Of(Count::PurposeCompliment),
                ],
            },
            OFFERED,
        ),
        &[Count::Offered, Count::PurposeInformation],
    )
};

/// A share of the answered by their wait. The two that are published leave a third, which by line
/// would often be small.
const fn of_answered(
    names: (&'static str, &'static str),
    texts: (&'static str, &'static str),
    numerator: Quantity,
) -> Measure {
    Measure {
        finest: Grain::Day,
        whole_centre_only: true,
        ..share(
            names,
            texts,
            (numerator, sum(&[Of(Count::Answered)])),
            &[Count::Answered],
        )
    }
}

pub(super) const ANSWERED_SOON: Measure = of_answered(
    ("answered_soon", "Answered within 2 minutes"),
    (
        "N_120 / N",
        "Answered within 2 minutes of being put on the line, among the answered.",
    ),
    sum(&[Within(Waits::Answered, Threshold::Soon)]),
);

pub(super) const ANSWERED_LATE: Measure = of_answered(
    ("answered_late", "Answered after more than 10 minutes"),
    (
        "(N − N_600) / N",
        "Answered more than 10 minutes after being put on the line, among the answered.",
    ),
    sum(&[Beyond(Waits::Answered, Threshold::LongWait)]),
);

const OPENED: Quantity = sum(&[Facts(Group::Opened)]);

pub(super) const COMPLAINTS_OPENED: Measure = of_facts(
    ("complaints_opened", "Complaints opened", "complaints"),
    (
        "complaints_opened",
        "Complaints opened on the day, whatever day the contact was made. A cause that is \
         corrected moves the complaint to the right cause and not to another day.",
    ),
    Kind::Facts(Group::Opened),
    &[EventKind::ComplaintOpened],
);

pub(super) const COMPLAINTS_CLOSED: Measure = of_facts(
    ("complaints_closed", "Complaints closed", "complaints"),
    (
        "complaints_closed",
        "Complaints closed on the day, whenever they were opened. One that bears an earlier time \
         of closing than of opening is closed on the day it was opened. One that is closed more \
         than 100 days after it was opened is not counted any more.",
    ),
    Kind::Facts(Group::Closed),
    &[EventKind::ComplaintOpened, EventKind::ComplaintClosed],
);

pub(super) const COMPLAINTS_CLOSED_UNOPENED: Measure = of_facts(
    (
        "complaints_closed_unopened",
        "Closed but never opened",
        "complaints",
    ),
    (
        "complaints_closed_unopened",
        "Complaints that were closed on the day and of which no opening is known. They are not \
         among those closed.",
    ),
    Kind::Facts(Group::ClosedUnopened),
    &[EventKind::ComplaintOpened, EventKind::ComplaintClosed],
);

/// A share of the complaints opened on a day.
const fn of_opened(
    (id, name): (&'static str, &'static str),
    (formula, words): (&'static str, &'static str),
    numerator: Quantity,
) -> Measure {
    of_facts(
        (id, name, "percent"),
        (formula, words),
        Kind::Share {
            numerator,
            denominator: OPENED,
        },
        &[EventKind::ComplaintOpened, EventKind::ComplaintClosed],
    )
}

pub(super) const COMPLAINTS_QUICK: Measure = of_opened(
    ("complaints_quick", "Closed within 3 working days"),
    (
        "closed within 3 working days / complaints_opened",
        "Closed by the end of the third working day after the day they were opened, among those \
         opened on the day. Working days are those on which the line is open by its hours and \
         holidays. Provisional for 14 days.",
    ),
    sum(&[Facts(Group::ClosedQuickly)]),
);

pub(super) const COMPLAINTS_IN_TIME: Measure = of_opened(
    ("complaints_in_time", "Closed within 8 weeks"),
    (
        "closed within 8 weeks / complaints_opened",
        "Closed by the end of the 56th day after the day they were opened, among those opened on \
         the day. Provisional for 8 weeks.",
    ),
    sum(&[Facts(Group::ClosedInTime)]),
);

pub(super) const COMPLAINTS_PER_THOUSAND: Measure = Measure {
    needs: &[Count::Attempts],
    whole_centre_only: true,
    ..of_facts(
        (
            "complaints_per_thousand",
            "Complaints per 1,000 contacts",
            "per_thousand",
        ),
        (
            "1,000 × complaints_opened / A",
            "Complaints opened for every thousand who tried to reach us on the same days.",
        ),
        Kind::PerThousand {
            numerator: OPENED,
            denominator: sum(&[Of(Count::Attempts)]),
        },
        &[EventKind::ComplaintOpened],
    )
};

const SURVEYED: &[EventKind] = &[EventKind::Scored];

pub(super) const SURVEYS_SENT: Measure = Measure {
    finest: Grain::Week,
    ..of_facts(
        ("surveys_sent", "Surveys sent", "surveys"),
        (
            "surveys_sent",
            "Contacts to whom a survey was sent, on the day of the contact. An answer to a survey \
             that nobody told of counts as one sent. Provisional for 7 days.",
        ),
        Kind::Facts(Group::SurveysSent),
        SURVEYED,
    )
};

pub(super) const RESPONSE_RATE: Measure = Measure {
    finest: Grain::Week,
    ..of_facts(
        ("response_rate", "Surveys answered", "percent"),
        (
            "surveys answered / surveys_sent",
            "Answered any question, among those to whom a survey was sent. Provisional for 7 days.",
        ),
        Kind::Share {
            numerator: sum(&[Facts(Group::SurveysAnswered)]),
            denominator: sum(&[Facts(Group::SurveysSent)]),
        },
        SURVEYED,
    )
};

/// A figure of the answers to a question. By week at the finest: with those of days, a day that is
/// hidden because few answered could be subtracted from its week.
const fn rating(
    (id, name, unit): (&'static str, &'static str, &'static str),
    (formula, words): (&'static str, &'static str),
    kind: Kind,
) -> Measure {
    Measure {
        finest: Grain::Week,
        ..of_facts((id, name, unit), (formula, words), kind, SURVEYED)
    }
}

pub(super) const CSAT: Measure = rating(
    ("csat", "Satisfaction", "percent"),
    (
        "answers 4 and 5 / answers 1 to 5",
        "Satisfied or very satisfied (4 or 5 of 5), among all who answered; hidden below 30 \
         answers. Provisional for 7 days.",
    ),
    Kind::Rating {
        numerator: sum(&[Facts(Group::Scores(Scale::Csat, 4, 5))]),
        of: Scale::Csat,
    },
);

pub(super) const NPS: Measure = rating(
    ("nps", "Would recommend us (NPS)", "points"),
    (
        "% 9–10 − % 0–6",
        "Share of those who would recommend us (9 or 10 of 10) less the share of those who would \
         not (0 to 6): −100 to 100 points; hidden below 30 answers. Provisional for 7 days.",
    ),
    Kind::Rating {
        numerator: Quantity {
            plus: &[Facts(Group::Scores(Scale::Nps, 9, 10))],
            minus: &[Facts(Group::Scores(Scale::Nps, 0, 6))],
        },
        of: Scale::Nps,
    },
);

pub(super) const CES_MEAN: Measure = rating(
    ("ces_mean", "Ease, mean (CES)", "points"),
    (
        "sum of scores / answers 1 to 7",
        "Mean of the answers on how easy it was, from 1 (very hard) to 7 (very easy); hidden below \
         30 answers. Provisional for 7 days.",
    ),
    Kind::MeanScore(Scale::Ces),
);

pub(super) const CES_EASY: Measure = rating(
    ("ces_easy", "Found it easy", "percent"),
    (
        "answers 5 to 7 / answers 1 to 7",
        "Found it easy (5, 6 or 7 of 7), among all who answered; hidden below 30 answers. \
         Provisional for 7 days.",
    ),
    Kind::Rating {
        numerator: sum(&[Facts(Group::Scores(Scale::Ces, 5, 7))]),
        of: Scale::Ces,
    },
);
