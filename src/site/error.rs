//! What can go wrong while answering: the visitor reads a sentence, the cause is logged once.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::domain::spelling::Misuse;
use crate::words::{EN, Words};

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing lives at this address.
    #[error("no such page")]
    NoSuchPage,
    /// The address exists, the method does not.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// A parameter that cannot be used.
    #[error("parameter {name}: {why:?}")]
    BadParameter {
        /// Its name in the URL.
        name: &'static str,
        /// What is wrong with it.
        why: Why,
        /// Values that would be right, if they can be listed.
        known: Vec<String>,
    },
    /// A parameter that does not exist, or stands there twice. Programs are told; pages ignore it,
    /// because links get parameters added on their way.
    #[error("{}", .0.sentence())]
    Misused(Misuse),
    /// A line that the centre does not have.
    #[error("no such line")]
    NoSuchLine {
        /// The ids of the lines there are.
        known: Vec<String>,
    },
    /// A file of open data that there is not, or not yet.
    #[error("no such file")]
    NoSuchFile {
        /// The names that would lead further.
        known: Vec<String>,
    },
    /// A signature is asked for, and there is no key here that could make it.
    #[error("not signed")]
    NotSigned,
    /// The first figures are still being prepared.
    #[error("not ready")]
    NotReady,
    /// Our fault.
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
}

/// What is wrong with a parameter, and so what would be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The centre has no such line.
    UnknownLine,
    /// There is no such measure.
    UnknownMeasure,
    /// There is no such grain.
    UnknownGrain,
    /// Neither JSON nor CSV.
    UnknownFormat,
    /// None of the values that are known.
    NotOneOfThese,
    /// Not a local day, or one of another age.
    BadDay,
    /// `until` lies before `from`.
    OrderOfDays,
    /// More than a hundred years.
    TooLong,
    /// The lower chart shows counts.
    NotACount,
    /// A line compared with itself.
    Itself,
    /// Neither a local date nor an RFC 3339 instant.
    BadInstant,
    /// `to` is not after `from`.
    OrderOfRange,
    /// More points than an answer may have.
    TooManyPoints,
    /// The measure does not exist for such short times.
    TooFine,
    /// The measure exists for all lines together only.
    WholeCentreOnly,
    /// The measure is not told by cause, or not of a line.
    NotByCause,
    /// The centre has no such cause of complaints.
    UnknownCause,
    /// The measure is not told by channel, or not of a line, or not of parts of a day.
    NotByChannel,
    /// The measure is not told by site, or not of a line, or not of parts of a day.
    NotBySite,
    /// Not a time of day.
    BadTime,
    /// Two times of day that leave no half hour between them.
    OrderOfTimes,
    /// The centre has no such purpose.
    UnknownPurpose,
    /// A reminder for a time that is over or far away.
    BadReminder,
}

impl Why {
    /// The remedy as a sentence.
    #[must_use]
    pub fn sentence(self, words: &Words) -> &'static str {
        match self {
            Self::UnknownLine => words.unknown_line,
            Self::UnknownMeasure => words.unknown_measure,
            Self::UnknownGrain => words.unknown_grain,
            Self::UnknownFormat => words.unknown_format,
            Self::NotOneOfThese => words.one_of_these,
            Self::BadDay => words.bad_day,
            Self::OrderOfDays => words.order_of_days,
            Self::TooLong => words.too_long,
            Self::NotACount => words.volume_is_count,
            Self::Itself => words.not_itself,
            Self::BadInstant => words.bad_instant,
            Self::OrderOfRange => words.order_of_range,
            Self::TooManyPoints => words.too_many_points,
            Self::TooFine => words.too_fine,
            Self::WholeCentreOnly => words.whole_centre_only,
            Self::NotByCause => words.not_by_cause,
            Self::UnknownCause => words.unknown_cause,
            Self::NotByChannel => words.not_by_channel,
            Self::NotBySite => words.not_by_site,
            Self::BadTime => words.bad_time,
            Self::OrderOfTimes => words.order_of_times,
            Self::UnknownPurpose => words.unknown_purpose,
            Self::BadReminder => words.bad_at,
        }
    }
}

impl Error {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoSuchPage
            | Self::NoSuchLine { .. }
            | Self::NoSuchFile { .. }
            | Self::NotSigned => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadParameter { .. } | Self::Misused(_) => StatusCode::BAD_REQUEST,
            Self::NotReady => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Title and text for the visitor.
    #[must_use]
    pub fn sentences(&self, words: &Words) -> (&'static str, &'static str) {
        match self {
            // That there is no such line or file is the remedy's to say.
            Self::NoSuchPage | Self::NoSuchLine { .. } | Self::NoSuchFile { .. } => {
                (words.error_404_title, words.error_404_text)
            }
            Self::NotSigned => (words.error_404_title, words.data.not_signed),
            Self::MethodNotAllowed => (words.error_405_title, words.error_405_text),
            Self::BadParameter { .. } | Self::Misused(_) => {
                (words.error_400_title, words.error_400_text)
            }
            Self::NotReady => (words.error_503_title, words.error_503_text),
            Self::Failed(_) => (words.error_500_title, words.error_500_text),
        }
    }

    /// The name of the parameter, what would be right, and the values that are known.
    #[must_use]
    pub fn remedy(&self, words: &Words) -> Option<(&'static str, &'static str, &[String])> {
        match self {
            Self::BadParameter { name, why, known } => Some((name, why.sentence(words), known)),
            Self::NoSuchLine { known } => Some(("line", words.unknown_line, known)),
            Self::NoSuchFile { known } if known.is_empty() => {
                Some(("file", words.data.nothing_yet, known))
            }
            Self::NoSuchFile { known } => Some(("file", words.data.unknown_file, known)),
            _ => None,
        }
    }

    /// Writes the cause of our own faults to the log: called once, where the answer is made.
    pub fn log(&self) {
        if let Self::Failed(cause) = self {
            tracing::error!(cause = %format!("{cause:#}").replace(['\n', '\r'], " "), "answering failed");
        }
    }

    /// Headers that go with every form of the answer.
    pub fn mark(&self, response: &mut Response) {
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(self, Self::NotReady) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
    }
}

/// The form for programs: an RFC 9457 problem document. Pages use `page::answer` instead.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.log();
        let (title, text) = self.sentences(&EN);
        let mut problem = json!({
            "type": "about:blank",
            "title": title,
            "status": self.status().as_u16(),
            "detail": text,
        });
        if let Some((name, sentence, known)) = self.remedy(&EN) {
            problem["detail"] = json!(format!("{name}: {sentence}"));
            problem["parameter"] = json!(name);
            if !known.is_empty() {
                problem["known"] = json!(known);
            }
        }
        if let Self::Misused(misuse) = &self {
            problem["detail"] = json!(misuse.sentence());
            problem["parameter"] = json!(misuse.name());
            if let Misuse::Unknown { known, .. } = misuse {
                problem["known"] = json!(known);
            }
        }
        let mut response = (
            [(header::CONTENT_TYPE, "application/problem+json")],
            problem.to_string(),
        )
            .into_response();
        self.mark(&mut response);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::FR;

    #[test]
    fn a_bad_parameter_names_itself_and_the_remedy() {
        let error = Error::BadParameter {
            name: "grain",
            why: Why::UnknownGrain,
            known: vec!["day".into()],
        };
        assert_eq!(error.status(), StatusCode::BAD_REQUEST);
        let (name, sentence, known) = error.remedy(&EN).expect("there is a remedy");
        assert_eq!((name, known.len()), ("grain", 1));
        assert!(sentence.contains("one of these"));
        assert_ne!(error.sentences(&EN).0, error.sentences(&FR).0);
    }

    #[test]
    fn our_own_faults_are_not_told_to_strangers() {
        let error = Error::Failed(anyhow::anyhow!("disk sda1 said no"));
        let (title, text) = error.sentences(&EN);
        assert!(!title.contains("sda1") && !text.contains("sda1"));
        assert_eq!(
            error.into_response().status(),
            StatusCode::INTERNAL_SERVER_ERROR
        );
    }

    #[test]
    fn not_ready_says_when_to_come_back() {
        let response = Error::NotReady.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
    }
}
