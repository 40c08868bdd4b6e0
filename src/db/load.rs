//! `surety load`: fills an empty database with any number of orders that await confirmation, for
//! measuring. The rows agree with each other as if people had made them: the books balance,
//! histories are unbroken, `surety audit` finds nothing.

mod store;

use crate::kernel::merchant_code::MerchantCode;

#[derive(Debug, Clone, Copy)]
pub struct Scale {
    pub orders: u64,
    /// Merchants with a badge; the orders are spread over them.
    pub merchants: u32,
    /// Buyers; the orders are spread over them.
    pub buyers: u32,
}

impl Scale {
    /// So many orders, of as many merchants and buyers as a large installation has.
    pub const fn of(orders: u64) -> Self {
        Self { orders, merchants: 10_000, buyers: 100_000 }
    }
}

/// Why a database was not filled.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There are people or orders in it.
    #[error("the database is not empty: load fills one that was migrated and not used yet")]
    NotEmpty,
    /// A database without merchants or buyers has no orders.
    #[error("there must be a merchant and a buyer")]
    Nobody,
    /// The database cannot be reached.
    #[error(transparent)]
    Connect(#[from] super::ConnectError),
    #[error("the database refused: {0}")]
    Database(#[from] tokio_postgres::Error),
}

/// How many orders are made in one transaction.
const BATCH: u64 = 20_000;

/// Fills the database of an owner's URL. `progress` hears how many orders there are so far.
/// Fails with [`LoadError`]; what was made before an error stays.
pub async fn fill(owner_url: &str, scale: Scale, progress: impl Fn(u64)) -> Result<(), LoadError> {
    if scale.merchants == 0 || scale.buyers == 0 {
        return Err(LoadError::Nobody);
    }
    let loader = store::Loader::connect(owner_url).await?;
    if !loader.is_empty().await? {
        return Err(LoadError::NotEmpty);
    }
    loader.people(&codes(scale.merchants), scale.buyers).await?;
    let mut made = 0;
    while made < scale.orders {
        let next = scale.orders.min(made + BATCH);
        loader.orders(made + 1, next, &scale).await?;
        made = next;
        progress(made);
    }
    Ok(loader.finish().await?)
}

/// The first codes that are given out.
fn codes(count: u32) -> Vec<String> {
    let numbers = (1..).filter_map(MerchantCode::from_number);
    numbers.take(count as usize).map(|code| code.as_str().to_owned()).collect()
}
