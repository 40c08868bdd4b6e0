use super::*;

fn sample(width: u32, height: u32) -> DynamicImage {
    let pixel = |x: u32, y: u32| image::Rgb([(x * 6) as u8, (y * 5) as u8, 128]);
    RgbImage::from_fn(width, height, pixel).into()
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    block.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
    block.extend_from_slice(b"<script>alert(1)</script>");
    block
}

fn with_segment(jpeg: &[u8], code: u8, body: &[u8]) -> Vec<u8> {
    let mut out = jpeg[..2].to_vec();
    out.extend_from_slice(&[0xFF, code]);
    out.extend_from_slice(&u16::try_from(body.len() + 2).unwrap().to_be_bytes());
    out.extend_from_slice(body);
    out.extend_from_slice(&jpeg[2..]);
    out
}

#[test]
fn a_photograph_stands_upright_and_is_silent() {
    let jpeg = encoded(&sample(40, 20), ImageFormat::Jpeg);
    let drawn = draw_anew(Kind::Jpeg, &with_segment(&jpeg, 0xE1, &exif(6))).unwrap();
    assert_eq!((drawn.kind, drawn.width, drawn.height), (Kind::Jpeg, 20, 40));
    assert!(!drawn.content.windows(8).any(|w| w == b"<script>"));
    // The left edge has become the top edge.
    let upright = image::load_from_memory(&drawn.content).unwrap().into_rgb8();
    let (top, bottom) = (upright.get_pixel(10, 0).0[0], upright.get_pixel(10, 39).0[0]);
    assert!(top < 40 && bottom > 200, "{top} {bottom}");
}

#[test]
fn each_kind_is_drawn_anew() {
    let image = sample(33, 17);
    let png = draw_anew(Kind::Png, &encoded(&image, ImageFormat::Png)).unwrap();
    assert_eq!(png.kind, Kind::Png);
    assert_eq!(
        image::load_from_memory(&png.content).unwrap().into_rgb8(),
        *image.as_rgb8().unwrap()
    );
    let webp = draw_anew(Kind::Webp, &encoded(&image, ImageFormat::WebP)).unwrap();
    assert_eq!((webp.kind, webp.width, webp.height), (Kind::Jpeg, 33, 17));
    let mut glass = image.into_rgba8();
    glass.get_pixel_mut(0, 0).0[3] = 7;
    let webp = draw_anew(Kind::Webp, &encoded(&glass.into(), ImageFormat::WebP)).unwrap();
    assert_eq!(webp.kind, Kind::Png);
    let deep = encoded(&sample(9, 9).into_rgb16().into(), ImageFormat::Png);
    let png = draw_anew(Kind::Png, &deep).unwrap();
    assert_eq!(image::load_from_memory(&png.content).unwrap().color(), image::ColorType::Rgb8);
}

#[test]
fn a_picture_that_is_cut_short_is_broken() {
    for (kind, format) in [
        (Kind::Jpeg, ImageFormat::Jpeg),
        (Kind::Png, ImageFormat::Png),
        (Kind::Webp, ImageFormat::WebP),
    ] {
        let whole = encoded(&sample(64, 64), format);
        for part in [12, 20, whole.len() / 4, whole.len() / 2, whole.len() - 1] {
            let result = draw_anew(kind, &whole[..part]).map(|p| p.kind);
            assert_eq!(result, Err(Problem::Broken), "{kind:?} at {part} of {}", whole.len());
        }
    }
}

#[test]
fn a_file_of_nothing_but_passes_is_refused() {
    let jpeg = encoded(&sample(16, 16), ImageFormat::Jpeg);
    let scan = jpeg.windows(2).position(|w| w == [0xFF, 0xDA]).unwrap();
    let mut passes = jpeg[..scan].to_vec();
    for _ in 0..=64 {
        passes.extend_from_slice(&jpeg[scan..jpeg.len() - 2]);
    }
    passes.extend_from_slice(&[0xFF, 0xD9]);
    assert_eq!(draw_anew(Kind::Jpeg, &passes).map(|p| p.kind), Err(Problem::Broken));
}

#[test]
fn size_is_looked_at_before_anything_is_decoded() {
    assert_eq!(fits(8_000, 5_000), Ok(()));
    assert_eq!(fits(8_000, 5_001), Err(Problem::TooManyPixels));
    assert_eq!(fits(65_536, 1), Err(Problem::TooManyPixels));
    assert_eq!(fits(0, 1), Err(Problem::Broken));
}
