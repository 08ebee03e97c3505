//! The checksums of open data are signed with the key that signs the public log.

use tokio::sync::watch;

use crate::publish::key_files::KeyFolder;
use crate::publish::keys::PublicKey;
use crate::publish::ledger::Ledger;
use crate::publish::press::Sound;
use crate::site::data::Signer;

/// The key in force of a running log.
pub struct DataSigner {
    keys: KeyFolder,
    ledger: watch::Receiver<Ledger>,
    is_sound: Sound,
}

impl DataSigner {
    /// Signs as long as the log is sound, with the key in force then.
    #[must_use]
    pub fn new(keys: KeyFolder, ledger: watch::Receiver<Ledger>, is_sound: Sound) -> Self {
        Self {
            keys,
            ledger,
            is_sound,
        }
    }

    fn in_force(&self) -> Option<PublicKey> {
        let ledger = self.ledger.borrow();
        ledger.key_at(ledger.signed_size())
    }
}

impl Signer for DataSigner {
    fn sign(&self, checksums: &str) -> Option<[u8; 64]> {
        let id = self.in_force().filter(|_| (self.is_sound)())?.id();
        let key = self.keys.load(&id);
        let key = key.inspect_err(|error| tracing::error!("signing checksums: {error:#}"));
        Some(key.ok()??.sign(checksums))
    }

    fn key(&self) -> Option<[u8; 32]> {
        let text = self.in_force()?.to_hex();
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(bytes)
    }
}
