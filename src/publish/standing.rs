//! Whether the record may be added to: not before it was checked, and not once it was altered.

use tokio::sync::watch;

/// How the record stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// It was not checked since the start.
    #[default]
    Unchecked,
    /// What is stored is what was signed.
    Sound,
    /// The key in force is not here, so that nothing can be signed.
    KeyMissing(String),
    /// The clock is so far after the newest leaf that it may be wrong: what is to be done.
    LongPause(String),
    /// What is stored is not what was signed: the first thing found.
    Broken(String),
}

/// Tells how the record stands. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Standing(watch::Receiver<State>);

impl Standing {
    /// Told by a sender.
    #[must_use]
    pub fn new(receiver: watch::Receiver<State>) -> Self {
        Self(receiver)
    }

    /// Whether anything may be published.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        *self.0.borrow() == State::Sound
    }

    /// What was found altered, if anything was: every page says so.
    #[must_use]
    pub fn broken(&self) -> Option<String> {
        match &*self.0.borrow() {
            State::Broken(what) => Some(what.clone()),
            _ => None,
        }
    }

    /// Why nothing is published although nothing was altered, if that is so: what is to be done.
    #[must_use]
    pub fn waits_for(&self) -> Option<String> {
        match &*self.0.borrow() {
            // Where it should lie is for the log, not for strangers.
            State::KeyMissing(_) => Some("the key that signs the record is not here".to_owned()),
            State::LongPause(what) => Some(what.clone()),
            State::Unchecked | State::Sound | State::Broken(_) => None,
        }
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.0.borrow().clone()
    }

    /// Waits until it stands otherwise. False once nobody tells any more.
    pub async fn changed(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}
