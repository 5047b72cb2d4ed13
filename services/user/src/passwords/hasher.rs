//! Argon2 in memory that goes back to the system.
//!
//! A hash fills 19 MiB, once. glibc's allocator keeps what is freed for the next who asks, in one of several arenas, and so a
//! crowd that signed in would leave blocks behind that nobody needs. What it serves by a mapping of its own it gives back at
//! once; it learns from each such block that is freed to serve the next of that size from an arena, but never above a limit.
//! Hence [`room`] asks for more than that limit, and touches what it needs: only that becomes memory.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{CustomizedPasswordHasher, Error, Result, try_generate_salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

/// glibc's `DEFAULT_MMAP_THRESHOLD_MAX` where addresses have 64 bits: whatever is larger has a mapping of its own, always.
const LARGEST_KEPT: usize = 32 * 1024 * 1024;

/// Hashes and compares (`PasswordVerifier`) as `Argon2` does.
pub(super) struct Hasher;

impl Hasher {
    /// With a salt of its own and the parameters of today.
    pub(super) fn hash(&self, password: &[u8]) -> Result<PasswordHash> {
        self.hash_password_with_params(password, &try_generate_salt()?, Params::default())
    }
}

impl CustomizedPasswordHasher<PasswordHash> for Hasher {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> Result<PasswordHash> {
        let salt = Salt::new(salt)?;
        let algorithm = algorithm.map(Algorithm::try_from).transpose()?.unwrap_or_default();
        let version = version.map(Version::try_from).transpose()?.unwrap_or_default();
        let mut output = [0; Output::MAX_LENGTH];
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let output = output.get_mut(..length).ok_or(Error::OutputSize)?;
        let mut room = room(params.block_count());
        let argon2 = Argon2::new(algorithm, version, params.clone());
        argon2.hash_password_into_with_memory(password, &salt, output, &mut room)?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(&params)?,
            salt: Some(salt),
            hash: Some(Output::new(output)?),
        })
    }
}

fn room(blocks: usize) -> Vec<Block> {
    let mut room = Vec::with_capacity(blocks.max(LARGEST_KEPT / Block::SIZE + 1));
    room.resize(blocks, Block::default());
    room
}

#[cfg(test)]
mod tests {
    use argon2::PasswordVerifier as _;

    use super::*;

    #[test]
    fn a_hash_is_what_argon2_makes_of_the_same() {
        let (password, salt) = (b"lantern otter gravel", b"a salt of theirs");
        for (algorithm, version, params) in [
            (Algorithm::Argon2id, Version::V0x13, Params::default()),
            (Algorithm::Argon2i, Version::V0x10, Params::new(8 * 1024, 3, 2, Some(16)).expect("parameters")),
        ] {
            let theirs = Argon2::new(algorithm, version, params.clone());
            let name = algorithm.ident();
            let ours = Hasher
                .hash_password_customized(password, salt, Some(name.as_str()), Some(version.into()), params)
                .expect("a hash");
            assert_eq!(theirs.verify_password(password, &ours), Ok(()));
            assert_eq!(Hasher.verify_password(password, &ours), Ok(()));
            assert_eq!(Hasher.verify_password(b"lantern otter grave", &ours), Err(Error::PasswordInvalid));
        }
    }
}
