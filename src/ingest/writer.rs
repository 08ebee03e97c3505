//! The sending end of the one writer's queue.

use tokio::sync::{mpsc, oneshot};

use crate::domain::batch::{Batch, Receipt};

/// Why a batch was not taken in. Nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitError {
    /// The queue is full; try again in a second.
    Busy,
    /// The disk is full.
    Full,
    /// The writer has stopped.
    Stopped,
    /// The database failed; the cause is for the log.
    Failed(String),
}

/// A batch with the place its answer goes to.
pub type Order = (Batch, oneshot::Sender<Result<Receipt, SubmitError>>);

/// Hands batches to the writer.
#[derive(Clone, Debug)]
pub struct WriterHandle {
    orders: mpsc::Sender<Order>,
}

impl WriterHandle {
    /// The sending end of a bounded queue.
    #[must_use]
    pub fn new(orders: mpsc::Sender<Order>) -> Self {
        Self { orders }
    }

    /// Waits until the batch is durable.
    ///
    /// # Errors
    /// `Busy` at once when the queue is full; otherwise what the writer says.
    pub async fn submit(&self, batch: Batch) -> Result<Receipt, SubmitError> {
        let (answer, receipt) = oneshot::channel();
        self.orders
            .try_send((batch, answer))
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => SubmitError::Busy,
                mpsc::error::TrySendError::Closed(_) => SubmitError::Stopped,
            })?;
        receipt.await.unwrap_or(Err(SubmitError::Stopped))
    }
}
