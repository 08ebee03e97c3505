//! The Merkle tree of RFC 6962, section 2.1: one root for any number of leaves, a short proof that a
//! leaf is among them, and one that an older tree is the beginning of a newer one.

use sha2::{Digest, Sha256};

pub use crate::domain::log::Hash;

/// The hash of a leaf: a byte 0, then its bytes.
#[must_use]
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(bytes)
        .finalize()
        .into()
}

/// The hash of a node: a byte 1, then those of both its children.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// A tree that grows, with the hashes of all its whole subtrees: root and proofs of any size it ever
/// had take few hashes.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// At level k the hashes of each 2^k leaves, in order.
    levels: Vec<Vec<Hash>>,
}

impl FromIterator<Hash> for Tree {
    fn from_iter<T: IntoIterator<Item = Hash>>(leaves: T) -> Self {
        let mut tree = Self::default();
        for leaf in leaves {
            tree.push(leaf);
        }
        tree
    }
}

impl Tree {
    /// Adds a leaf by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let own = &mut self.levels[level];
            own.push(hash);
            let [.., left, right] = own.as_slice() else {
                return;
            };
            if own.len() % 2 == 1 {
                return;
            }
            hash = node_hash(left, right);
        }
    }

    /// How many leaves it has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// The hash of a leaf.
    #[must_use]
    pub fn leaf(&self, index: usize) -> Option<Hash> {
        self.levels.first()?.get(index).copied()
    }

    /// The root over the first `size` leaves; none if there are not so many.
    #[must_use]
    pub fn root_at(&self, size: usize) -> Option<Hash> {
        (size <= self.size()).then(|| self.hash_of(0, size))
    }

    /// The proof that leaf `index` is among the first `size`; none if it is not.
    #[must_use]
    pub fn inclusion(&self, index: usize, size: usize) -> Option<Vec<Hash>> {
        if index >= size || size > self.size() {
            return None;
        }
        let (mut from, mut to) = (0, size);
        let mut proof = Vec::new();
        while to - from > 1 {
            let middle = from + largest_power_below(to - from);
            if index < middle {
                proof.push(self.hash_of(middle, to));
                to = middle;
            } else {
                proof.push(self.hash_of(from, middle));
                from = middle;
            }
        }
        proof.reverse();
        Some(proof)
    }

    /// The proof that the tree of `new` leaves begins with that of `old`; none if there are not so
    /// many. Every tree begins with the empty one and with itself: such proofs are empty.
    #[must_use]
    pub fn consistency(&self, old: usize, new: usize) -> Option<Vec<Hash>> {
        if old > new || new > self.size() {
            return None;
        }
        let mut proof = Vec::new();
        if old == 0 || old == new {
            return Some(proof);
        }
        let (mut from, mut to) = (0, new);
        // `old` is where the older tree ends: go down until a subtree ends there too.
        while to != old {
            let middle = from + largest_power_below(to - from);
            if old <= middle {
                proof.push(self.hash_of(middle, to));
                to = middle;
            } else {
                proof.push(self.hash_of(from, middle));
                from = middle;
            }
        }
        // The whole older tree is what the reader has already.
        if from != 0 {
            proof.push(self.hash_of(from, to));
        }
        proof.reverse();
        Some(proof)
    }

    /// The hash over leaves `from` up to before `to`, where RFC 6962 would divide a tree.
    fn hash_of(&self, from: usize, to: usize) -> Hash {
        let count = to - from;
        if count == 0 {
            return Sha256::digest([]).into();
        }
        if count.is_power_of_two() && from.is_multiple_of(count) {
            let level = count.trailing_zeros() as usize;
            return self.levels[level][from / count];
        }
        let middle = from + largest_power_below(count);
        node_hash(&self.hash_of(from, middle), &self.hash_of(middle, to))
    }
}

/// The largest power of two below a number above 1.
fn largest_power_below(count: usize) -> usize {
    1 << (usize::BITS - 1 - (count - 1).leading_zeros())
}

/// The root over leaves, given by their hashes.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    let tree: Tree = leaves.iter().copied().collect();
    tree.hash_of(0, leaves.len())
}

/// The proof that leaf `index` is among `leaves`; none if it is not.
#[must_use]
pub fn inclusion_proof(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    let tree: Tree = leaves.iter().copied().collect();
    tree.inclusion(index, leaves.len())
}

/// The proof that `leaves` begin with the first `old` of them; none if there are not so many.
#[must_use]
pub fn consistency_proof(leaves: &[Hash], old: usize) -> Option<Vec<Hash>> {
    let tree: Tree = leaves.iter().copied().collect();
    tree.consistency(old, leaves.len())
}

/// Whether a proof shows that `leaf` is leaf `index` of the tree of `size` leaves and this root.
/// Source: RFC 9162, section 2.1.3.2.
#[must_use]
pub fn verify_inclusion(
    leaf: &Hash,
    (index, size): (u64, u64),
    proof: &[Hash],
    root: &Hash,
) -> bool {
    if index >= size {
        return false;
    }
    let (mut own, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for beside in proof {
        if last == 0 {
            return false;
        }
        if own % 2 == 1 || own == last {
            hash = node_hash(beside, &hash);
            while own.is_multiple_of(2) && own != 0 {
                own >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, beside);
        }
        own >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether a proof shows that the tree of `new` begins with that of `old`; each is size and root.
/// Source: RFC 9162, section 2.1.4.2.
#[must_use]
pub fn verify_consistency(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    if old_size == 0 {
        let empty: Hash = Sha256::digest([]).into();
        return proof.is_empty() && *old_root == empty;
    }
    // A whole old tree is itself the first node of the path.
    let first = old_size.is_power_of_two().then_some(old_root);
    let mut path = first.into_iter().chain(proof);
    let Some(start) = path.next() else {
        return false;
    };
    let (mut own, mut last) = (old_size - 1, new_size - 1);
    while own % 2 == 1 {
        own >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (*start, *start);
    for beside in path {
        if last == 0 {
            return false;
        }
        if own % 2 == 1 || own == last {
            old_hash = node_hash(beside, &old_hash);
            new_hash = node_hash(beside, &new_hash);
            while own.is_multiple_of(2) && own != 0 {
                own >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, beside);
        }
        own >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
