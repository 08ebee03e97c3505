//! Tallies: additive counts, sums and wait histograms of one interval or day, line and channel.
//!
//! Nothing here is a ratio; ratios are derived in `measures` when they are read.

use std::ops::{Add, AddAssign, Sub, SubAssign};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::contact::{Contact, Outcome};
use super::event::{Place, Purpose};
use super::period::{self, IntervalStart};

macro_rules! counts {
    ($($variant:ident $name:literal $doc:literal;)*) => {
        /// The additive quantities of a tally; each is a column of the same name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Count { $(#[doc = $doc] $variant),* }

        impl Count {
            /// All of them, in the order of the columns.
            pub const ALL: [Self; Self::LEN] = [$(Self::$variant),*];
            /// How many there are.
            pub const LEN: usize = [$(Self::$variant),*].len();

            /// The name of its column and in JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What it is, in one sentence.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $doc),* }
            }
        }
    };
}

counts! {
    Attempts "attempts" "Everyone who tried to reach us.";
    Refused "refused" "Turned away by us: busy, full, nobody logged in.";
    LeftInMenu "left_in_menu" "Hung up before queueing.";
    SelfServed "self_served" "Served by the menu.";
    Offered "offered" "Put on a line to wait for a person.";
    Answered "answered" "Reached a person.";
    Abandoned "abandoned" "Hung up while waiting.";
    Deflected "deflected" "Moved out of the queue by us, without a person.";
    CallbacksRequested "callbacks_requested" "Asked to be called back instead of waiting.";
    CallbacksKept "callbacks_kept" "Were called back and reached.";
    CallbacksPending "callbacks_pending" "Still to be called back.";
    CallbacksFailed "callbacks_failed" "Were promised a call-back that failed for good.";
    Lost "lost" "No end was ever reported: unexplained.";
    Waiting "waiting" "Not ended yet.";
    Transferred "transferred" "Moves to another line.";
    WaitAnsweredMsSum "wait_answered_ms_sum" "Sum of the waits of the answered, milliseconds.";
    WaitAbandonedMsSum "wait_abandoned_ms_sum" "Sum of the waits of those who hung up, milliseconds.";
    RewaitMsSum "rewait_ms_sum" "Sum of waits after a first person, milliseconds.";
    HandleMsSum "handle_ms_sum" "Sum of talk, hold and wrap-up, milliseconds.";
    Handled "handled" "Contacts whose handle time is known.";
    PurposeInformation "purpose_information" "Sought information.";
    PurposeTransaction "purpose_transaction" "Transacted.";
    PurposeProblem "purpose_problem" "Had a problem that needed help.";
    PurposeComplaint "purpose_complaint" "Complained.";
    PurposeIdea "purpose_idea" "Had an idea.";
    PurposeCompliment "purpose_compliment" "Paid a compliment.";
    Resolved "resolved" "Solved at first contact.";
    ResolutionKnown "resolution_known" "Known to be solved at first contact or not.";
}

impl Count {
    /// The count of a name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|count| count.name() == name)
    }

    /// The count of a purpose.
    #[must_use]
    pub const fn of_purpose(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Information => Self::PurposeInformation,
            Purpose::Transaction => Self::PurposeTransaction,
            Purpose::Problem => Self::PurposeProblem,
            Purpose::Complaint => Self::PurposeComplaint,
            Purpose::Idea => Self::PurposeIdea,
            Purpose::Compliment => Self::PurposeCompliment,
        }
    }
}

/// Upper bounds of the histogram bins in seconds; a last bin beyond 10 days has none.
pub const BOUNDS_SECS: [i64; 27] = [
    5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1_200, 1_800, 2_700, 3_600,
    7_200, 14_400, 28_800, 86_400, 172_800, 259_200, 432_000, 864_000,
];

/// Bins of a histogram.
pub const BINS: usize = BOUNDS_SECS.len() + 1;

/// Counts of waits by bin. Bins are `(lower, upper]`, the first is `[0, 5 s]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Histogram(pub [i64; BINS]);

impl Histogram {
    /// Counts one wait; a negative one (two clocks) counts as none.
    pub fn record(&mut self, wait_ms: i64) {
        let bin = BOUNDS_SECS.partition_point(|bound| wait_ms > bound * 1_000);
        self.0[bin] += 1;
    }

    /// How many waits were recorded.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.0.iter().sum()
    }

    /// How many waited at most `secs`; `None` if that is not a bound.
    #[must_use]
    pub fn within(&self, secs: i64) -> Option<i64> {
        let bin = BOUNDS_SECS.iter().position(|bound| *bound == secs)?;
        Some(self.0[..=bin].iter().sum())
    }

    /// The wait, seconds, that `share` (0–1) of the recorded did not exceed, linear inside its
    /// bin. `None` if nothing was recorded; infinity in the last bin ("> 10 days").
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub fn percentile_secs(&self, share: f64) -> Option<f64> {
        let total = self.total();
        if total <= 0 {
            return None;
        }
        let rank = share * total as f64;
        let mut below = 0.0;
        for (bin, count) in self.0.iter().enumerate() {
            let count = *count as f64;
            if count > 0.0 && below + count >= rank {
                let Some(upper) = BOUNDS_SECS.get(bin) else {
                    return Some(f64::INFINITY);
                };
                let lower = if bin == 0 { 0 } else { BOUNDS_SECS[bin - 1] };
                let inside = ((rank - below) / count).clamp(0.0, 1.0);
                return Some(lower as f64 + inside * (upper - lower) as f64);
            }
            below += count;
        }
        Some(f64::INFINITY)
    }
}

/// Which waits a histogram of a tally holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Waits {
    /// Of the answered, from the offer.
    Answered,
    /// Of those who hung up, from the offer.
    Abandoned,
    /// The customer's side: from the first ring to a person, call-backs in full.
    Customer,
}

impl Waits {
    /// All of them, in the order of the columns.
    pub const ALL: [Self; 3] = [Self::Answered, Self::Abandoned, Self::Customer];

    /// The name of its column.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Self::Answered => "waits_answered",
            Self::Abandoned => "waits_abandoned",
            Self::Customer => "waits_customer",
        }
    }
}

/// Everything that is counted in one cell. Tallies add, in any order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tally {
    counts: [i64; Count::LEN],
    waits: [Histogram; 3],
}

impl Tally {
    /// One count.
    #[must_use]
    pub fn count(&self, count: Count) -> i64 {
        self.counts[count as usize]
    }

    /// Sets one count; for reading from the store.
    pub fn set(&mut self, count: Count, value: i64) {
        self.counts[count as usize] = value;
    }

    /// One histogram.
    #[must_use]
    pub fn waits(&self, waits: Waits) -> &Histogram {
        &self.waits[waits as usize]
    }

    /// One histogram, to be changed.
    pub fn waits_mut(&mut self, waits: Waits) -> &mut Histogram {
        &mut self.waits[waits as usize]
    }

    /// Nothing at all was counted.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    fn bump(&mut self, count: Count) {
        self.counts[count as usize] += 1;
    }

    fn zip(&mut self, other: &Self, apply: impl Fn(&mut i64, i64)) {
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            apply(mine, theirs);
        }
        for (mine, theirs) in self.waits.iter_mut().zip(other.waits) {
            for (mine, theirs) in mine.0.iter_mut().zip(theirs.0) {
                apply(mine, theirs);
            }
        }
    }
}

impl AddAssign<&Tally> for Tally {
    fn add_assign(&mut self, other: &Tally) {
        self.zip(other, |mine, theirs| *mine += theirs);
    }
}

impl SubAssign<&Tally> for Tally {
    fn sub_assign(&mut self, other: &Tally) {
        self.zip(other, |mine, theirs| *mine -= theirs);
    }
}

impl Add for Tally {
    type Output = Self;
    fn add(mut self, other: Self) -> Self {
        self += &other;
        self
    }
}

impl Sub for Tally {
    type Output = Self;
    fn sub(mut self, other: Self) -> Self {
        self -= &other;
        self
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |sum, tally| sum + tally)
    }
}

/// Where a contact counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellKey {
    /// The interval of its start.
    pub interval: IntervalStart,
    /// The local day of its start.
    pub day: Date,
    /// Line and channel.
    pub place: Place,
}

/// What one contact adds, and where. `None` if it adds nothing: an orphan, or withdrawn.
#[must_use]
pub fn contribution(contact: &Contact, zone: &TimeZone) -> Option<(CellKey, Tally)> {
    if contact.withdrawn.is_some() {
        return None;
    }
    let (start_ms, place) = contact.start()?;
    let key = CellKey {
        interval: IntervalStart::containing(start_ms),
        day: period::local_day(start_ms, zone),
        place: place.clone(),
    };
    Some((key, tally_of(contact, start_ms)))
}

fn tally_of(contact: &Contact, start_ms: i64) -> Tally {
    let mut tally = Tally::default();
    let outcome = contact.outcome();
    tally.bump(Count::Attempts);
    // `A = R + M + V + O`: whoever was neither refused, nor left in the menu, nor served by it,
    // was offered, so the sums of COUNTING.md hold in every cell.
    match outcome {
        Outcome::Refused => tally.bump(Count::Refused),
        Outcome::LeftInMenu => tally.bump(Count::LeftInMenu),
        Outcome::SelfServed => tally.bump(Count::SelfServed),
        _ => tally.bump(Count::Offered),
    }
    match outcome {
        Outcome::Answered => {
            tally.bump(Count::Answered);
            let wait_ms = contact
                .answered
                .first_at()
                .map_or(0, |at| at - start_ms)
                .max(0);
            tally.counts[Count::WaitAnsweredMsSum as usize] = wait_ms;
            tally.waits_mut(Waits::Answered).record(wait_ms);
        }
        Outcome::Abandoned => {
            tally.bump(Count::Abandoned);
            let ended = contact.abandoned.as_ref();
            let wait_ms = ended.map_or(0, |at| at.at_ms - start_ms).max(0);
            tally.counts[Count::WaitAbandonedMsSum as usize] = wait_ms;
            tally.waits_mut(Waits::Abandoned).record(wait_ms);
        }
        Outcome::Deflected => tally.bump(Count::Deflected),
        Outcome::CallbackKept => tally.bump(Count::CallbacksKept),
        Outcome::CallbackPending => tally.bump(Count::CallbacksPending),
        Outcome::CallbackFailed => tally.bump(Count::CallbacksFailed),
        Outcome::Lost => tally.bump(Count::Lost),
        Outcome::Waiting => tally.bump(Count::Waiting),
        Outcome::Refused | Outcome::LeftInMenu | Outcome::SelfServed => {}
    }
    if matches!(
        outcome,
        Outcome::CallbackKept | Outcome::CallbackPending | Outcome::CallbackFailed
    ) {
        tally.bump(Count::CallbacksRequested);
    }
    add_customer_side(contact, outcome, &mut tally);
    add_handling(contact, &mut tally);
    tally
}

fn add_customer_side(contact: &Contact, outcome: Outcome, tally: &mut Tally) {
    if !matches!(outcome, Outcome::Answered | Outcome::CallbackKept) {
        return;
    }
    if let (Some(reached), Some(ring)) = (contact.reached_ms(), contact.first_ring_ms()) {
        let wait_ms = (reached - ring).max(0);
        tally.waits_mut(Waits::Customer).record(wait_ms);
    }
}

fn add_handling(contact: &Contact, tally: &mut Tally) {
    let transfers = contact.transferred.entries.len();
    tally.counts[Count::Transferred as usize] = i64::try_from(transfers).unwrap_or(i64::MAX);
    tally.counts[Count::RewaitMsSum as usize] = contact.rewait_ms();
    if !contact.handled.is_empty() {
        tally.bump(Count::Handled);
        let handled = contact.handled.entries.values().map(|(_, ms)| ms);
        tally.counts[Count::HandleMsSum as usize] = handled.sum();
    }
    // Purposes and those without one are the parts of O.
    if let Some(purpose) = &contact.purpose
        && tally.count(Count::Offered) > 0
    {
        tally.bump(Count::of_purpose(purpose.value));
    }
    if let Some(resolved) = &contact.resolved {
        tally.bump(Count::ResolutionKnown);
        if resolved.value {
            tally.bump(Count::Resolved);
        }
    }
}
