//! Re-encodes pictures from their pixels, so that nothing else in an uploaded file is ever served.
//! This takes seconds and much memory: never run it on a thread that serves requests.

mod jpeg;
mod png;
mod webp;

use std::io::{self, Cursor, Write};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};

use super::{Kind, Problem};
use crate::config::FILE_BYTES_MAX;

pub const PIXELS_MAX: u64 = 40_000_000;
/// The longest side that JPEG supports.
const SIDE_MAX: u32 = 65_535;
/// The most memory for the pixels of a picture, in bytes: 40 megapixels of four bytes, or fewer
/// pixels of more.
const DECODED_MAX: u64 = PIXELS_MAX * 4;
/// What a decoder may use besides, in bytes.
const WORKING_MAX: u64 = 64 * 1024 * 1024;
/// Tried in turn until the file is small enough.
const JPEG_QUALITIES: [u8; 3] = [88, 75, 60];

#[derive(Debug)]
pub struct Picture {
    pub kind: Kind,
    pub content: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// A picture's file, reduced to what is needed to decode it.
struct Bare {
    content: Vec<u8>,
    width: u32,
    height: u32,
    orientation: Orientation,
}

/// The result is upright and has no metadata.
pub fn draw_anew(kind: Kind, content: &[u8]) -> Result<Picture, Problem> {
    let (bare, format) = match kind {
        Kind::Jpeg => (jpeg::bare(content)?, ImageFormat::Jpeg),
        Kind::Png => (png::bare(content)?, ImageFormat::Png),
        Kind::Webp => (webp::bare(content)?, ImageFormat::WebP),
        Kind::Pdf => return Err(Problem::Kind),
    };
    fits(bare.width, bare.height)?;
    let orientation = bare.orientation;
    let mut image = decode(bare, format)?;
    image.apply_orientation(orientation);
    let (width, height) = (image.width(), image.height());
    let (kind, content) = encode(image, kind)?;
    Ok(Picture { kind, content, width, height })
}

fn fits(width: u32, height: u32) -> Result<(), Problem> {
    if width == 0 || height == 0 {
        return Err(Problem::Broken);
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > PIXELS_MAX || width > SIDE_MAX || height > SIDE_MAX {
        return Err(Problem::TooManyPixels);
    }
    Ok(())
}

fn decode(bare: Bare, format: ImageFormat) -> Result<DynamicImage, Problem> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODED_MAX + WORKING_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(bare.content), format);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(of_decoder)?;
    // The size that the decoder reads may differ from ours, so check it too.
    let (width, height) = decoder.dimensions();
    fits(width, height)?;
    if decoder.total_bytes() > DECODED_MAX {
        return Err(Problem::TooManyPixels);
    }
    let image = DynamicImage::from_decoder(decoder).map_err(of_decoder)?;
    Ok(in_eight_bits(image))
}

fn of_decoder(error: ImageError) -> Problem {
    tracing::debug!(%error, "a picture cannot be decoded");
    match error {
        ImageError::Limits(_) => Problem::TooManyPixels,
        _ => Problem::Broken,
    }
}

fn in_eight_bits(image: DynamicImage) -> DynamicImage {
    match image {
        DynamicImage::ImageLuma16(_) => image.into_luma8().into(),
        DynamicImage::ImageLumaA16(_) => image.into_luma_alpha8().into(),
        DynamicImage::ImageRgb16(_) | DynamicImage::ImageRgb32F(_) => image.into_rgb8().into(),
        DynamicImage::ImageRgba16(_) | DynamicImage::ImageRgba32F(_) => image.into_rgba8().into(),
        image => image,
    }
}

/// PNG stays PNG, as does WebP with transparency, if small enough; all else becomes JPEG.
fn encode(image: DynamicImage, was: Kind) -> Result<(Kind, Vec<u8>), Problem> {
    let as_png = match was {
        Kind::Png => true,
        Kind::Webp => is_see_through(&image),
        Kind::Jpeg | Kind::Pdf => false,
    };
    if as_png {
        let mut out = Limited::default();
        let encoder =
            PngEncoder::new_with_quality(&mut out, CompressionType::Default, FilterType::Adaptive);
        if image.write_with_encoder(encoder).is_ok() {
            return Ok((Kind::Png, out.0));
        }
    }
    let image = on_white(image);
    for quality in JPEG_QUALITIES {
        let mut out = Limited::default();
        let encoder = JpegEncoder::new_with_quality(&mut out, quality);
        if image.write_with_encoder(encoder).is_ok() {
            return Ok((Kind::Jpeg, out.0));
        }
    }
    Err(Problem::TooBig)
}

fn is_see_through(image: &DynamicImage) -> bool {
    image.as_rgba8().is_some_and(|rgba| rgba.pixels().any(|pixel| pixel.0[3] < u8::MAX))
}

/// Draws transparent pictures on white, because JPEG has no transparency.
fn on_white(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image;
    }
    let rgba = image.into_rgba8();
    let (width, height) = rgba.dimensions();
    let mut flat = RgbImage::new(width, height);
    for (below, above) in flat.pixels_mut().zip(rgba.pixels()) {
        let [red, green, blue, alpha] = above.0.map(u16::from);
        let mixed = [red, green, blue].map(|c| (c * alpha + 255 * (255 - alpha)) / 255);
        below.0 = mixed.map(|c| u8::try_from(c).unwrap_or(u8::MAX));
    }
    flat.into()
}

/// A buffer that fails beyond [`FILE_BYTES_MAX`].
#[derive(Default)]
struct Limited(Vec<u8>);

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let after = u64::try_from(self.0.len() + bytes.len()).unwrap_or(u64::MAX);
        if after > FILE_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The orientation in an EXIF block, which may begin with its name.
fn orientation_of(exif: &[u8]) -> Orientation {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    Orientation::from_exif_chunk(tiff).unwrap_or(Orientation::NoTransforms)
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// A little-endian number of up to four bytes.
fn le(bytes: &[u8], at: usize, count: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + count)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

#[cfg(test)]
mod tests;
