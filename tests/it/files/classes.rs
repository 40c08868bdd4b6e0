//! The classes of hostile files, and what becomes of each.

use super::forge::{
    MARK, chunk, exif, html, jpeg, jpeg_of, jpeg_of_passes, jpeg_with, moving_png, moving_webp,
    packed, pdf, png, png_of, png_with, riff, vp8l, vp8x, webp, webp_of,
};

/// What becomes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is kept, as this media type.
    Kept(&'static str),
    /// It is refused, in words that contain these.
    Refused(&'static str),
}

pub const PDF: Fate = Fate::Kept("application/pdf");
pub const JPEG: Fate = Fate::Kept("image/jpeg");
pub const PNG: Fate = Fate::Kept("image/png");
pub const KIND: Fate = Fate::Refused("This is no PDF, JPEG, PNG or WebP");
pub const BROKEN: Fate = Fate::Refused("damaged or cut short");
pub const PIXELS: Fate = Fate::Refused("more than 40 megapixels");
pub const EMPTY: Fate = Fate::Refused("The file is empty.");
pub const BIG: Fate = Fate::Refused("larger than 10 MB");

/// A class: what it is, what it says it is, its content, and its fate.
pub type Class = (&'static str, &'static str, &'static str, Vec<u8>, Fate);

/// Every class.
pub fn all() -> Vec<Class> {
    let mut all = other_kinds();
    all.extend(pdfs());
    all.extend(pngs());
    all.extend(jpegs());
    all.extend(webps());
    all.extend(sizes());
    all
}

fn other_kinds() -> Vec<Class> {
    let plain = |what, name, kind, start: &[u8]| (what, name, kind, [start, MARK].concat(), KIND);
    let mut nested = packed(&vec![0; 1_000_000]);
    nested.splice(..0, *b"PK\x03\x04");
    vec![
        ("HTML named as PDF", "a.pdf", "application/pdf", html(), KIND),
        plain("HTML with a byte order mark", "a.png", "image/png", b"\xEF\xBB\xBF<html>"),
        plain(
            "SVG in PNG's clothes",
            "a.png",
            "image/png",
            b"<svg xmlns='http://www.w3.org/2000/svg'>",
        ),
        plain("SVG with a declaration", "a.svg", "image/svg+xml", b"<?xml version='1.0'?><svg>"),
        plain("XML with a style sheet", "a.xml", "text/xml", b"<?xml-stylesheet href='x.xsl'?>"),
        plain("GIF that is a script", "a.gif", "image/gif", b"GIF89a/*\0*/=1;//"),
        plain("MHTML", "a.mht", "message/rfc822", b"MIME-Version: 1.0\r\n\r\n"),
        plain("Flash", "a.swf", "image/png", b"FWS\x09"),
        plain("an icon", "a.ico", "image/x-icon", b"\0\0\x01\0\x01\0\x10\x10"),
        plain("BMP", "a.bmp", "image/bmp", b"BM\x36\0\0\0"),
        plain("TIFF", "a.tiff", "image/tiff", b"II*\0\x08\0\0\0"),
        plain("AVIF", "a.avif", "image/avif", b"\0\0\0\x1cftypavif"),
        plain("HEIC", "a.heic", "image/heic", b"\0\0\0\x18ftypheic"),
        plain("PSD", "a.psd", "image/vnd.adobe.photoshop", b"8BPS\0\x01"),
        plain("JPEG XL", "a.jxl", "image/jxl", b"\xFF\x0A"),
        plain("JPEG 2000", "a.jp2", "image/jp2", b"\0\0\0\x0cjP  \r\n\x87\n"),
        plain("ZIP", "a.zip", "application/pdf", b"PK\x03\x04\x14\0"),
        ("a ZIP bomb", "a.zip", "application/zip", nested, KIND),
        plain("an office file", "a.docx", "application/pdf", b"PK\x03\x04[Content_Types].xml"),
        plain(
            "an old office file",
            "a.doc",
            "application/msword",
            b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        ),
        plain("GZIP", "a.pdf.gz", "application/gzip", b"\x1F\x8B\x08\0"),
        plain("RAR", "a.rar", "application/x-rar", b"Rar!\x1A\x07\x01\0"),
        plain("ELF", "licence.pdf", "application/pdf", b"\x7FELF\x02\x01\x01"),
        plain("a Windows program", "photo.jpg.exe", "image/jpeg", b"MZ\x90\0"),
        plain("WebAssembly", "a.wasm", "application/wasm", b"\0asm\x01\0\0\0"),
        plain("a shell script", "a.sh", "image/png", b"#!/bin/sh\nrm -rf /\n"),
        plain("PostScript", "a.ps", "application/pdf", b"%!PS-Adobe-3.0\n"),
        plain("a film", "a.mp4", "video/mp4", b"\0\0\0\x20ftypisom"),
        plain("sound in WebP's clothes", "a.webp", "image/webp", b"RIFF\x24\0\0\0WAVEfmt "),
        (
            "EICAR",
            "eicar.pdf",
            "application/pdf",
            br"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*".to_vec(),
            KIND,
        ),
    ]
}

fn pdfs() -> Vec<Class> {
    let kind = "application/pdf";
    let script = [b"3 0 obj\n<< /S /JavaScript /JS (app.alert(1)) >>\nendobj\n", MARK].concat();
    let late = [html(), pdf(b"")].concat();
    let whole = pdf(&vec![b' '; 20_000]);
    let cut = |at: usize| whole[..at].to_vec();
    vec![
        ("a PDF with a script", "a.pdf", kind, pdf(&script), PDF),
        ("a PDF that is HTML too", "a.html", "text/html", pdf(&html()), PDF),
        ("a PDF said to be a picture", "a.png", "image/png", pdf(b""), PDF),
        ("a PDF that is protected", "a.pdf", kind, pdf(b"<< /Encrypt 9 0 R >>"), PDF),
        ("a PDF bomb", "a.pdf", kind, pdf(&packed(&vec![0; 5_000_000])), PDF),
        ("HTML with a PDF in it", "a.pdf", kind, late, KIND),
        ("a PDF of no version", "a.pdf", kind, b"%PDF-<script>".to_vec(), KIND),
        ("the beginning of a PDF", "a.pdf", kind, cut(9), BROKEN),
        ("half a PDF", "a.pdf", kind, cut(10_000), BROKEN),
    ]
}

fn pngs() -> Vec<Class> {
    let kind = "image/png";
    let bomb = packed(&vec![0; 60_000_000]);
    let text = [b"Comment\0", MARK].concat();
    let mut wrong_sum = png();
    let data = wrong_sum.len() - 20;
    wrong_sum[data] ^= 0xFF;
    let header = png()[8..33].to_vec();
    let twice = [&png()[..33], &header, &png()[33..]].concat();
    let cut = |at: usize| png()[..at].to_vec();
    let length = png().len();
    vec![
        ("a PNG of 10 gigapixels", "a.png", kind, png_of(100_000, 100_000, b"0"), PIXELS),
        ("a PNG just too large", "a.png", kind, png_of(8_000, 5_001, b"0"), PIXELS),
        ("a PNG of one long line", "a.png", kind, png_of(70_000, 1, b"0"), PIXELS),
        ("a PNG of no size", "a.png", kind, png_of(0, 5, b""), BROKEN),
        ("a PNG with too few pixels", "a.png", kind, png_of(900, 900, b"0"), BROKEN),
        ("a PNG with far too many", "a.png", kind, png_of(2, 2, &vec![0; 60_000_000]), PNG),
        (
            "a PNG with a packed profile",
            "a.png",
            kind,
            png_with(b"iCCP", &[b"x\0\0", &bomb[..]].concat()),
            PNG,
        ),
        (
            "a PNG with a packed text",
            "a.png",
            kind,
            png_with(b"zTXt", &[b"x\0\0", &bomb[..]].concat()),
            PNG,
        ),
        ("a PNG with a script in a text", "a.png", kind, png_with(b"tEXt", &text), PNG),
        ("a PNG with a script in its EXIF", "a.png", kind, png_with(b"eXIf", &exif(3)[6..]), PNG),
        ("a PNG with a chunk of its own", "a.png", kind, png_with(b"maRK", MARK), PNG),
        ("a PNG with HTML behind it", "a.html", "text/html", [png(), html()].concat(), PNG),
        (
            "a PNG that is a ZIP too",
            "a.zip",
            "application/zip",
            [png(), b"PK\x05\x06".to_vec(), MARK.to_vec()].concat(),
            PNG,
        ),
        ("a PNG that moves", "a.png", kind, moving_png(), PNG),
        ("a PNG with a wrong sum", "a.png", kind, wrong_sum, BROKEN),
        ("a PNG with two headers", "a.png", kind, twice, BROKEN),
        (
            "a PNG without a header",
            "a.png",
            kind,
            [&png()[..8], &chunk(b"IEND", b"")].concat(),
            BROKEN,
        ),
        ("the beginning of a PNG", "a.png", kind, cut(8), BROKEN),
        ("half a PNG", "a.png", kind, cut(length / 2), BROKEN),
        ("a PNG without its end", "a.png", kind, cut(length - 12), BROKEN),
        ("a PNG named as a page", "a.html", "text/html", png(), PNG),
    ]
}

fn jpegs() -> Vec<Class> {
    let kind = "image/jpeg";
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>", MARK].concat();
    let profile = [b"ICC_PROFILE\0\x01\x01", MARK].concat();
    let cut = |at: usize| jpeg()[..at].to_vec();
    let length = jpeg().len();
    vec![
        ("a JPEG with a script in its EXIF", "a.jpg", kind, jpeg_with(0xE1, &exif(6)), JPEG),
        ("a JPEG with a script in its XMP", "a.jpg", kind, jpeg_with(0xE1, &xmp), JPEG),
        (
            "a JPEG with PHP in its comment",
            "a.php",
            "image/jpeg",
            jpeg_with(0xFE, b"<?php system($_GET[0]);<script>SURETY-ACTIVE</script>"),
            JPEG,
        ),
        ("a JPEG with a script for a profile", "a.jpg", kind, jpeg_with(0xE2, &profile), JPEG),
        ("a JPEG with HTML behind it", "a.html", "text/html", [jpeg(), html()].concat(), JPEG),
        (
            "a JPEG that is a ZIP too",
            "a.jpg",
            kind,
            [jpeg(), b"PK\x05\x06".to_vec(), MARK.to_vec()].concat(),
            JPEG,
        ),
        (
            "a JPEG that begins and is HTML",
            "a.jpg",
            kind,
            [b"\xFF\xD8\xFF".to_vec(), html()].concat(),
            BROKEN,
        ),
        ("a JPEG of 4 gigapixels", "a.jpg", kind, jpeg_of(65_500, 65_500), PIXELS),
        ("a JPEG of no height", "a.jpg", kind, jpeg_of(48, 0), BROKEN),
        ("a JPEG of nothing but passes", "a.jpg", kind, jpeg_of_passes(5_000), BROKEN),
        ("the beginning of a JPEG", "a.jpg", kind, cut(3), BROKEN),
        ("the headers of a JPEG", "a.jpg", kind, cut(200), BROKEN),
        ("half a JPEG", "a.jpg", kind, cut(length / 2), BROKEN),
        ("a JPEG without its end", "a.jpg", kind, cut(length - 2), BROKEN),
        ("a JPEG said to be a PDF", "a.pdf", "application/pdf", jpeg(), JPEG),
    ]
}

fn webps() -> Vec<Class> {
    let kind = "image/webp";
    let mut longer = webp();
    longer[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut chunk_longer = webp();
    chunk_longer[16..20].copy_from_slice(&0x7FFF_FFFF_u32.to_le_bytes());
    let huge = riff(b"VP8L", &[0x2F, 0xFF, 0xFF, 0xFF, 0x0F, 0, 0]);
    let lossy = riff(b"VP8 ", &[0x10, 0, 0, 0x9D, 1, 0x2A, 0xFF, 0x3F, 0xFF, 0x3F, 0, 0]);
    let marked = |name| webp_of(&[vp8x(0x0C, 48, 32), vp8l(), riff(name, MARK)]);
    let length = webp().len();
    vec![
        ("a WebP longer than it is", "a.webp", kind, longer, BROKEN),
        ("a WebP with a chunk longer than it is", "a.webp", kind, chunk_longer, BROKEN),
        ("a WebP of 268 megapixels", "a.webp", kind, webp_of(std::slice::from_ref(&huge)), PIXELS),
        ("a lossy WebP of 268 megapixels", "a.webp", kind, webp_of(&[lossy]), PIXELS),
        (
            "a small canvas with a huge picture",
            "a.webp",
            kind,
            webp_of(&[vp8x(0, 48, 32), huge]),
            PIXELS,
        ),
        ("a huge canvas", "a.webp", kind, webp_of(&[vp8x(0x02, 16_384, 16_384), vp8l()]), PIXELS),
        ("a WebP of nothing", "a.webp", kind, webp_of(&[]), BROKEN),
        ("a WebP with a script in its EXIF", "a.webp", kind, marked(b"EXIF"), JPEG),
        ("a WebP with a script in its XMP", "a.webp", kind, marked(b"XMP "), JPEG),
        ("a WebP with HTML behind it", "a.html", "text/html", [webp(), html()].concat(), JPEG),
        ("a WebP that moves", "a.webp", kind, moving_webp(), JPEG),
        ("half a WebP", "a.webp", kind, webp()[..length / 2].to_vec(), BROKEN),
    ]
}

fn sizes() -> Vec<Class> {
    let most = 10 * 1024 * 1024;
    let kind = "application/pdf";
    vec![
        ("nothing", "a.pdf", kind, Vec::new(), EMPTY),
        ("one byte", "a.pdf", kind, vec![b'%'], KIND),
        ("as much as may be", "a.pdf", kind, pdf(&vec![b' '; most - pdf(b"").len()]), PDF),
        ("a byte more", "a.pdf", kind, pdf(&vec![b' '; most + 1 - pdf(b"").len()]), BIG),
        ("twice as much", "a.png", "image/png", vec![b'x'; 2 * most], BIG),
    ]
}
