#!/usr/bin/env node
// Look at an HTML file in Chromium as axe-core, a keyboard and a printer do.
//
//     npm install --prefix FOLDER axe-core puppeteer-core
//     NODE_PATH=FOLDER/node_modules node scripts/axe-map.cjs MAP.html [CHROMIUM]
//
// Prints JSON: "violations" of WCAG 2.2 A and AA in light and dark, what the page "requested" beside
// itself, how many of its links Tab "reached" of how many there are, which of the first had no
// visible focus ("unseen"), and where Enter on the first bubble led ("opened").
const fs = require("fs");
const path = require("path");
const puppeteer = require("puppeteer-core");

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const STOPS = 60; // links whose focus is looked at

async function main() {
  const file = `file://${path.resolve(process.argv[2])}`;
  const browser = await puppeteer.launch({
    executablePath: process.argv[3] || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 900 });
  const requested = [];
  page.on("request", (request) => request.url() !== file && requested.push(request.url()));
  const violations = [];
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.goto(file, { timeout: 120000 });
    await page.evaluate(fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
    const found = await page.evaluate(
      (rules) => window.axe.run(document, { runOnly: rules, resultTypes: ["violations"] }), RULES);
    for (const one of found.violations) {
      violations.push(`${scheme}: ${one.id}: ${one.nodes.length}: ${one.nodes[0].html.slice(0, 200)}`);
    }
  }
  await page.goto(file);
  const links = await page.$$eval("a", (all) => all.length);
  const unseen = [];
  let reached = 0;
  for (; reached < links; reached += 0) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const focused = document.activeElement;
      const style = getComputedStyle(focused);
      return { tag: focused.tagName, html: focused.outerHTML.slice(0, 120),
        seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 };
    });
    if (at.tag === "BODY") break;
    if (at.tag !== "A") continue;
    reached += 1;
    if (reached <= STOPS && !at.seen) unseen.push(at.html);
  }
  let opened = null;
  if (await page.$(".map td a")) {
    await page.focus(".map td a");
    await page.keyboard.press("Enter");
    opened = await page.evaluate(() => {
      const target = document.querySelector(":target");
      return target && { id: target.id, focused: document.activeElement === target };
    });
  }
  await browser.close();
  console.log(JSON.stringify({ violations, requested, links, reached, unseen, opened }, null, 1));
}

main().catch((error) => { console.error(error.message); process.exit(1); });
