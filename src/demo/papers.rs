//! The documents of the shops, generated in code.

use std::fmt::Write as _;
use std::io::{self, Cursor, Write as _};

use image::{ImageFormat, Rgb, RgbImage};
use uuid::Uuid;

use super::shops::Shop;
use super::{DemoError, Stage};
use crate::admission::application::Category;
use crate::admission::commands::{NewDocument, add_document};

pub(super) async fn send(stage: &Stage, shop: &Shop, number: &str) -> Result<(), DemoError> {
    let lines = ["Register of companies", number, shop.site, "Extract, certified"];
    add(stage, shop, Category::Licence, "", "register-extract.pdf", &pdf(&lines)).await?;
    let picture = photograph(u32::try_from(shop.merchant.id % 97).unwrap_or_default())?;
    add(stage, shop, Category::Other, "Our shop front", "IMG_2041.jpg", &picture).await
}

pub(super) async fn send_more(stage: &Stage, shop: &Shop) -> Result<(), DemoError> {
    let lines = ["Supervisory authority", shop.site, "Permit to act as an insurance broker"];
    add(stage, shop, Category::Licence, "Broker's permit", "permit.pdf", &pdf(&lines)).await
}

async fn add(
    stage: &Stage,
    shop: &Shop,
    category: Category,
    label: &str,
    name: &str,
    bytes: &[u8],
) -> Result<(), DemoError> {
    let content = as_file(bytes).map_err(|_| DemoError::Story("no paper can be written"))?;
    let document = NewDocument {
        category,
        label: label.to_owned(),
        idempotency_key: Uuid::new_v4(),
        name: name.to_owned(),
        content,
    };
    let (db, files, zone) = (&stage.db, &stage.services.files, stage.config.time_zone);
    Ok(add_document(db, files, shop.merchant.id, shop.owner.id, document, zone).await?)
}

fn as_file(bytes: &[u8]) -> io::Result<std::fs::File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(bytes)?;
    Ok(file)
}

/// A PDF of one page with a few lines of ASCII.
fn pdf(lines: &[&str]) -> Vec<u8> {
    let mut text = String::from("BT /F1 20 Tf 60 760 Td 30 TL ");
    for line in lines {
        let _ = write!(text, "({}) Tj T* ", line.replace(['(', ')', '\\'], " "));
    }
    text.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        places.push(out.len());
        let _ = write!(out, "{number} 0 obj\n{object}\nendobj\n");
    }
    let table = out.len();
    let _ = write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in places {
        let _ = writeln!(out, "{place:010} 00000 n ");
    }
    let _ = write!(
        out,
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    );
    out.into_bytes()
}

fn photograph(seed: u32) -> Result<Vec<u8>, DemoError> {
    let tint = |base: u32, by: u32| u8::try_from((base + seed * by % 60).min(255)).unwrap_or(255);
    let picture = RgbImage::from_fn(640, 480, |x, y| {
        let within =
            |left, top, right, bottom| (left..right).contains(&x) && (top..bottom).contains(&y);
        let dusk = u8::try_from(y / 4).unwrap_or(120);
        match (x, y) {
            _ if within(280, 250, 360, 400) => Rgb([60, 38, 30]),
            _ if within(130, 230, 250, 340) || within(390, 230, 510, 340) => {
                Rgb([250, 225, tint(120, 3)])
            }
            _ if within(90, 180, 550, 215) && (x / 23) % 2 == 0 => Rgb([tint(150, 7), 40, 50]),
            _ if within(90, 180, 550, 215) => Rgb([240, 238, 230]),
            _ if within(90, 90, 550, 400) => Rgb([tint(130, 5), tint(110, 2), 100]),
            _ if y >= 400 => Rgb([90, 88, 86]),
            _ => Rgb([tint(70, 1).saturating_add(dusk), 90_u8.saturating_add(dusk), 170]),
        }
    });
    let mut out = Cursor::new(Vec::new());
    let drawn = picture.write_to(&mut out, ImageFormat::Jpeg);
    drawn.map_err(|_| DemoError::Story("no picture can be drawn"))?;
    Ok(out.into_inner())
}
