//! Pictures, made anew: what is kept is drawn from the pixels alone, so that nothing else that a
//! file carried is ever served. Runs for seconds and in much memory: never on a thread that serves
//! requests, one at a time.

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

/// The most pixels that a picture may have.
pub const PIXELS_MAX: u64 = 40_000_000;
/// The longest side that JPEG knows.
const SIDE_MAX: u32 = 65_535;
/// The most memory that the pixels of a picture may take, in bytes: 40 megapixels of four bytes.
/// Deeper pictures may have fewer.
const DECODED_MAX: u64 = PIXELS_MAX * 4;
/// What a decoder may use besides, in bytes.
const WORKING_MAX: u64 = 64 * 1024 * 1024;
/// Tried one after the other until the file is small enough.
const JPEG_QUALITIES: [u8; 3] = [88, 75, 60];

#[derive(Debug)]
pub struct Picture {
    pub kind: Kind,
    pub content: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// A picture's file without all that is not needed to decode it.
struct Bare {
    content: Vec<u8>,
    width: u32,
    height: u32,
    orientation: Orientation,
}

/// Draws a picture anew, upright, without metadata.
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

/// Whether a picture of this size may be decoded.
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
    // The decoder's own reading of the size counts as well as ours.
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

/// Drawings stay PNG; photographs become JPEG, and so does what is too large otherwise.
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

/// A picture that JPEG can hold: what is see-through lies on white.
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

/// Takes no more than a file may have.
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

/// The orientation that an EXIF block asks for; it may begin with its name.
fn orientation_of(exif: &[u8]) -> Orientation {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    Orientation::from_exif_chunk(tiff).unwrap_or(Orientation::NoTransforms)
}

/// Two bytes as a number, the high one first.
fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

/// Four bytes as a number, the high one first.
fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Up to four bytes as a number, the low one first.
fn le(bytes: &[u8], at: usize, count: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + count)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

#[cfg(test)]
mod tests;
