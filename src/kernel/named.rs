//! Enums whose variants have names, used in the database, in URLs and in the keys of texts.

/// Implements `ALL`, a name and `parse` for an enum that derives strum's `EnumString`,
/// `IntoStaticStr` and `VariantArray`.
macro_rules! named {
    ($type:ty, $name:ident) => {
        impl $type {
            pub const ALL: [Self; <Self as strum::VariantArray>::VARIANTS.len()] = {
                let variants = <Self as strum::VariantArray>::VARIANTS;
                let mut all = [variants[0]; <Self as strum::VariantArray>::VARIANTS.len()];
                let mut i = 1;
                while i < all.len() {
                    all[i] = variants[i];
                    i += 1;
                }
                all
            };

            pub const fn $name(self) -> &'static str {
                self.into_str()
            }

            pub fn parse(name: &str) -> Option<Self> {
                name.parse().ok()
            }
        }
    };
}

pub(crate) use named;
