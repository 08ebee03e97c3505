//! The tree against the definition in RFC 6962, written here as it stands there.

use super::*;

/// MTH of RFC 6962, section 2.1.
fn by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [only] => *only,
        _ => {
            let mut half = 1;
            while half * 2 < leaves.len() {
                half *= 2;
            }
            let (left, right) = leaves.split_at(half);
            node_hash(&by_definition(left), &by_definition(right))
        }
    }
}

/// SUBPROOF of RFC 6962, section 2.1.2.
fn subproof(old: usize, leaves: &[Hash], is_whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if is_whole {
            vec![]
        } else {
            vec![by_definition(leaves)]
        };
    }
    let mut half = 1;
    while half * 2 < leaves.len() {
        half *= 2;
    }
    let (left, right) = leaves.split_at(half);
    let (mut proof, beside) = if old <= half {
        (subproof(old, left, is_whole), right)
    } else {
        (subproof(old - half, right, false), left)
    };
    proof.push(by_definition(beside));
    proof
}

fn leaves(count: u8) -> Vec<Hash> {
    (0..count).map(|own| leaf_hash(&[own])).collect()
}

#[test]
fn the_published_example_has_its_published_roots() {
    // The tree of the Certificate Transparency tests: eight leaves, its roots for 1, 2, 3 and 8.
    let texts = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    let leaves: Vec<Hash> = texts
        .iter()
        .map(|text| leaf_hash(&hex::decode(text).expect("hexadecimal")))
        .collect();
    for (size, expected) in [
        (
            1,
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        ),
        (
            2,
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        ),
        (
            3,
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        ),
        (
            8,
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ),
    ] {
        assert_eq!(hex::encode(root(&leaves[..size])), expected, "{size}");
    }
}

#[test]
fn roots_and_proofs_are_those_of_the_definition_at_every_size() {
    let leaves = leaves(40);
    let tree: Tree = leaves.iter().copied().collect();
    for size in 0..=leaves.len() {
        let first = &leaves[..size];
        assert_eq!(tree.root_at(size), Some(by_definition(first)));
        for old in 1..=size {
            let proof = tree.consistency(old, size).expect("a proof");
            assert_eq!(proof, subproof(old, first, true), "{old} of {size}");
        }
    }
    assert_eq!(tree.root_at(41), None);
    assert_eq!(tree.inclusion(3, 3), None);
    assert_eq!(tree.consistency(3, 41), None);
}

#[test]
fn every_proof_holds_and_none_for_anything_else() {
    let leaves = leaves(20);
    let tree: Tree = leaves.iter().copied().collect();
    let root_at = |size: usize| tree.root_at(size).expect("a root");
    for size in 1..=leaves.len() {
        let root = root_at(size);
        for index in 0..size {
            let proof = inclusion_proof(&leaves[..size], index).expect("a proof");
            for (other, leaf) in leaves.iter().enumerate().take(size + 1) {
                for claimed in 0..=size {
                    let place = (claimed as u64, size as u64);
                    let holds = verify_inclusion(leaf, place, &proof, &root);
                    assert_eq!(
                        holds,
                        other == index && claimed == index,
                        "{index} of {size}"
                    );
                }
            }
            let place = (index as u64, size as u64);
            for changed in changes(&proof) {
                assert!(!verify_inclusion(&leaves[index], place, &changed, &root));
            }
        }
        for old in 1..size {
            let proof = consistency_proof(&leaves[..size], old).expect("a proof");
            let (before, after) = (root_at(old), root);
            let sizes = |proof: &[Hash]| {
                verify_consistency((old as u64, &before), (size as u64, &after), proof)
            };
            assert!(sizes(&proof), "{old} of {size}");
            for changed in changes(&proof) {
                assert!(!sizes(&changed), "{old} of {size}");
            }
            let swapped = verify_consistency((old as u64, &after), (size as u64, &before), &proof);
            assert!(!swapped, "{old} of {size}");
        }
    }
}

/// A proof with one bit changed, one part left out or one too many.
fn changes(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut changed = Vec::new();
    for at in 0..proof.len() {
        let mut flipped = proof.to_vec();
        flipped[at][at % 32] ^= 1;
        let mut shorter = proof.to_vec();
        shorter.remove(at);
        changed.extend([flipped, shorter]);
    }
    let mut longer = proof.to_vec();
    longer.push([7; 32]);
    changed.push(longer);
    changed
}
