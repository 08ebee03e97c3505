//! The measures in English: name and meaning.

use crate::words::{MeasureWords, Named};

const fn named(name: &'static str, meaning: &'static str) -> Named {
    Named { name, meaning }
}

pub(super) const MEASURES: MeasureWords = MeasureWords {
    attempts: named(
        "Contact attempts",
        "Everyone who tried to reach us, including those who never got through.",
    ),
    refused: named(
        "Turned away",
        "Turned away by us: busy, full, or nobody logged in.",
    ),
    left_in_menu: named("Left in the menu", "Hung up before joining a queue."),
    self_served: named(
        "Served by the menu",
        "Got what they needed without a person.",
    ),
    offered: named("Joined the queue", "Put on a line to wait for a person."),
    answered: named("Answered", "Reached a person."),
    abandoned: named("Gave up waiting", "Hung up while waiting."),
    deflected: named(
        "Moved out of the queue",
        "Moved out of the queue by us, without a person.",
    ),
    callbacks_requested: named(
        "Call-backs asked for",
        "Asked to be called back instead of waiting.",
    ),
    callbacks_kept: named("Call-backs kept", "Were called back and reached."),
    callbacks_pending: named("Call-backs still open", "Still to be called back."),
    callbacks_failed: named(
        "Call-backs failed",
        "Were promised a call-back that failed for good.",
    ),
    lost: named("Unexplained", "No end of the contact was ever reported."),
    waiting: named("Still waiting", "Had not ended when the figures were made."),
    transferred: named(
        "Transfers",
        "Moves to another line. The clock is not reset.",
    ),
    handled: named(
        "Contacts with a known handle time",
        "Contacts whose talk, hold and wrap-up time is known.",
    ),
    service_level: named(
        "Service level, company side",
        "Share of the queued who were answered within the target time; very short hang-ups are left out.",
    ),
    service_level_customer: named(
        "Service level, customer side",
        "Share of everyone who wanted a person and reached one within the promise, counted from the first ring.",
    ),
    reach_rate: named(
        "Reached a person",
        "Share of those who wanted a person and reached one, kept call-backs included.",
    ),
    refused_rate: named(
        "Share turned away",
        "Share of all attempts that we turned away.",
    ),
    abandonment: named(
        "Gave up, share",
        "Share of the queued who hung up while waiting; very short hang-ups are left out.",
    ),
    short_abandonment: named(
        "Very short hang-ups, share",
        "Share of the queued who hung up almost at once.",
    ),
    long_wait: named(
        "Waited more than 10 minutes",
        "Share of those who wanted a person and waited more than ten minutes.",
    ),
    wait_median: named(
        "Typical wait",
        "Half of those answered waited less, half waited more.",
    ),
    wait_p90: named(
        "Wait of the slowest tenth",
        "Nine of ten of those answered waited less than this.",
    ),
    wait_mean: named(
        "Average speed of answer",
        "The mean wait of those answered. It hides the long waits: read it with the median.",
    ),
    wait_customer_median: named(
        "Typical wait from the first ring",
        "As the customer feels it: menu included, half waited less.",
    ),
    wait_customer_p90: named(
        "Wait from the first ring, slowest tenth",
        "As the customer feels it: nine of ten waited less than this.",
    ),
    wait_p10: named(
        "Wait of the quickest tenth",
        "One in ten of those answered waited no longer than this.",
    ),
    wait_max: named(
        "Longest wait, at most",
        "Nobody who was answered waited longer than this: the upper end of the class in which the longest wait lies.",
    ),
    wait_customer_p10: named(
        "Wait from the first ring, quickest tenth",
        "As the customer feels it: one in ten waited no longer than this.",
    ),
    wait_customer_max: named(
        "Longest wait from the first ring, at most",
        "As the customer feels it: nobody who reached a person waited longer than this, the upper end of the class in which the longest wait lies.",
    ),
    handle_time: named(
        "Average handle time",
        "Talk, hold and wrap-up of a contact, on average. Never shown for single people.",
    ),
    resolution: named(
        "Solved at first contact",
        "Share solved at the first contact, of those for which it is known.",
    ),
    average_backlog: named(
        "People waiting, on average",
        "How many were waiting at once, averaged over the time.",
    ),
    purpose_information: named("Sought information", "Contacts that sought information."),
    purpose_transaction: named(
        "Transactions",
        "Contacts that wanted to get something done.",
    ),
    purpose_problem: named("Problems", "Contacts with a problem that needed help."),
    purpose_complaint: named("Complaints", "Contacts that complained."),
    purpose_idea: named("Ideas", "Contacts that brought an idea."),
    purpose_compliment: named("Compliments", "Contacts that paid a compliment."),
    share_information: named(
        "Share: information",
        "Wanted to know something, among all who joined a queue.",
    ),
    share_transaction: named(
        "Share: transactions",
        "Wanted something done, among all who joined a queue.",
    ),
    share_problem: named(
        "Share: problems",
        "Had a problem that needed help, among all who joined a queue.",
    ),
    share_complaint: named(
        "Share: complaints",
        "Complained, among all who joined a queue.",
    ),
    share_idea: named("Share: ideas", "Had an idea, among all who joined a queue."),
    share_compliment: named(
        "Share: compliments",
        "Paid a compliment, among all who joined a queue.",
    ),
    share_unclassified: named(
        "Share: not classified",
        "Nobody recorded why they contacted us, among all who joined a queue. With the shares of the purposes this makes 100\u{a0}%.",
    ),
    complaints_opened: named(
        "Complaints opened",
        "Complaints opened on the day, whatever day the contact was made.",
    ),
    complaints_closed: named(
        "Complaints closed",
        "Complaints closed on the day, whenever they were opened, up to 100 days before.",
    ),
    complaints_closed_unopened: named(
        "Closed but never opened",
        "Complaints that were closed without our knowing that they were opened.",
    ),
    complaints_quick: named(
        "Closed within 3 working days",
        "Of the complaints opened on the day, those closed by the end of the third day on which the line was open. Provisional for 14 days.",
    ),
    complaints_in_time: named(
        "Closed within 8 weeks",
        "Of the complaints opened on the day, those closed by the end of the 56th day after it. Provisional for 8 weeks.",
    ),
    complaints_per_thousand: named(
        "Complaints per 1,000 contacts",
        "Complaints opened for every thousand who tried to reach us on the same days.",
    ),
    surveys_sent: named(
        "Surveys sent",
        "Contacts to whom a survey was sent. Provisional for 7 days.",
    ),
    response_rate: named(
        "Surveys answered",
        "Share of the surveys sent of which any question was answered. Provisional for 7 days.",
    ),
    csat: named(
        "Satisfaction",
        "Share of the answers that were 4 or 5 of 5. Hidden below 30 answers. Provisional for 7 days.",
    ),
    nps: named(
        "Would recommend us (NPS)",
        "Share who would recommend us (9 or 10 of 10) less the share who would not (0 to 6). Hidden below 30 answers. Provisional for 7 days.",
    ),
    ces_mean: named(
        "Ease, on average (CES)",
        "Mean of the answers on how easy it was, from 1 to 7. Hidden below 30 answers. Provisional for 7 days.",
    ),
    ces_easy: named(
        "Found it easy",
        "Share of the answers that were 5, 6 or 7 of 7. Hidden below 30 answers. Provisional for 7 days.",
    ),
    answered_soon: named(
        "Answered within 2 minutes",
        "Share of those answered who waited no longer than two minutes on the line.",
    ),
    answered_late: named(
        "Answered after more than 10 minutes",
        "Share of those answered who waited longer than ten minutes on the line.",
    ),
};
