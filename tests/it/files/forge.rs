//! Files made in code: whole ones, and ones that nobody means well with.

use std::io::{Cursor, Write as _};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// Stands wherever a file carries something that might run; it must never be served in a picture.
pub const MARK: &[u8] = b"<script>SURETY-ACTIVE</script>";

/// A page that would run.
pub fn html() -> Vec<u8> {
    [b"<!doctype html><html><body>", MARK, b"</body></html>"].concat()
}

/// A picture of plain colours.
pub fn drawing(width: u32, height: u32) -> DynamicImage {
    let pixel = |x: u32, y: u32| Rgb([(x * 3 % 256) as u8, (y * 5 % 256) as u8, 90]);
    RgbImage::from_fn(width, height, pixel).into()
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    drawing(48, 32).write_to(&mut out, format).expect("a picture");
    out.into_inner()
}

pub fn jpeg() -> Vec<u8> {
    encoded(ImageFormat::Jpeg)
}

pub fn png() -> Vec<u8> {
    encoded(ImageFormat::Png)
}

pub fn webp() -> Vec<u8> {
    encoded(ImageFormat::WebP)
}

/// A PDF with anything among its objects.
pub fn pdf(inside: &[u8]) -> Vec<u8> {
    let start = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n";
    let end = b"\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n";
    [start, inside, end].concat()
}

/// A JPEG with a segment after its first bytes.
pub fn jpeg_with(code: u8, body: &[u8]) -> Vec<u8> {
    let jpeg = jpeg();
    let length = u16::try_from(body.len() + 2).expect("a short segment").to_be_bytes();
    [&jpeg[..2], &[0xFF, code], &length, body, &jpeg[2..]].concat()
}

/// An EXIF block that carries a mark and asks for an orientation.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    block.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
    block.extend_from_slice(MARK);
    block
}

/// A JPEG whose frame says that it is of this size.
pub fn jpeg_of(width: u16, height: u16) -> Vec<u8> {
    let mut jpeg = jpeg();
    let frame = jpeg.windows(2).position(|w| w == [0xFF, 0xC0]).expect("a frame");
    jpeg[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

/// A JPEG of so many passes.
pub fn jpeg_of_passes(count: usize) -> Vec<u8> {
    let jpeg = jpeg();
    let scan = jpeg.windows(2).position(|w| w == [0xFF, 0xDA]).expect("a scan");
    let (before, rest) = jpeg.split_at(scan);
    [before, &rest[..rest.len() - 2].repeat(count), &[0xFF, 0xD9]].concat()
}

/// A chunk of a PNG.
pub fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(name);
    crc.update(body);
    let length = u32::try_from(body.len()).expect("a short chunk").to_be_bytes();
    [&length, &name[..], body, &crc.sum().to_be_bytes()].concat()
}

/// A PNG with a chunk after its header.
pub fn png_with(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let png = png();
    let (header, rest) = png.split_at(33);
    [header, &chunk(name, body), rest].concat()
}

/// A PNG whose header says that it is of this size, with this for pixels.
pub fn png_of(width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let header = chunk(b"IHDR", &[&size[..], &[8, 0, 0, 0, 0]].concat());
    let data = chunk(b"IDAT", &packed(pixels));
    [b"\x89PNG\r\n\x1a\n", &header[..], &data, &chunk(b"IEND", b"")].concat()
}

/// Packed as PNG and PDF pack.
pub fn packed(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

/// A chunk of a WebP.
pub fn riff(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a short chunk").to_le_bytes();
    let pad: &[u8] = if body.len().is_multiple_of(2) { b"" } else { b"\0" };
    [&name[..], &length, body, pad].concat()
}

/// A WebP of these chunks.
pub fn webp_of(chunks: &[Vec<u8>]) -> Vec<u8> {
    riff(b"RIFF", &[b"WEBP".to_vec(), chunks.concat()].concat())
}

/// The header of a WebP with more than a picture in it.
pub fn vp8x(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let three = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    riff(b"VP8X", &[vec![flags, 0, 0, 0], three(width), three(height)].concat())
}

/// The picture of a WebP, as its chunk.
pub fn vp8l() -> Vec<u8> {
    webp()[12..].to_vec()
}

/// A WebP that moves.
pub fn moving_webp() -> Vec<u8> {
    let sides = [47_u32.to_le_bytes()[..3].to_vec(), 31_u32.to_le_bytes()[..3].to_vec()].concat();
    let frame = [vec![0; 6], sides, vec![100, 0, 0, 0], vp8l()].concat();
    let frames = [riff(b"ANMF", &frame), riff(b"ANMF", &frame)].concat();
    webp_of(&[vp8x(0x02, 48, 32), riff(b"ANIM", &[0, 0, 0, 0, 0, 0]), frames])
}

/// A PNG that moves.
pub fn moving_png() -> Vec<u8> {
    let control = chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
    let png = png();
    let (header, rest) = png.split_at(33);
    let (body, end) = rest.split_at(rest.len() - 12);
    let further = chunk(b"fdAT", &[&[0, 0, 0, 1], MARK].concat());
    [header, &control, body, &further, end].concat()
}
