// SPDX-License-Identifier: GPL-2.0-only
/** The page in a real browser: it opens, steps, searches, plays; a payload stays text; nothing is asked for. */
import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAIN_JOB } from "../run.ts";
import { Browser, MISSING } from "./browser.ts";
import { dataOf, pageOf } from "./pages.ts";

const browser = new Browser();
beforeEach((ctx) => {
  if (MISSING !== null) ctx.skip(MISSING);
});
afterEach(() => browser.closePages());
afterAll(() => browser.end());

const selected = (page: Page): Locator => page.locator('.tree [aria-selected="true"]');
const step = async (page: Page): Promise<number> => Number(await page.locator(".count strong").textContent());
/** What an expression says of each element. */
const each = (page: Page, selector: string, expression: string): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll(${JSON.stringify(selector)})].map((e) => ${expression})`);
const title = (page: Page): Promise<string | null> => page.locator(".now h2").textContent();
/** Do what gives the page another fragment, until the page has heard of it: `hashchange` comes in a task of its own. */
const follow = async (page: Page, act: () => Promise<unknown>): Promise<void> => {
  await page.evaluate(
    "heard = new Promise((done) => addEventListener('hashchange', () => done(), { once: true })); 0",
  );
  await act();
  await page.evaluate("heard");
};

describe("the main job", () => {
  test("opens with under a second of work, asks for nothing and complains of nothing", async () => {
    const { page, requests, complaints } = await browser.open(await pageOf(...MAIN_JOB));
    const session = await page.context().newCDPSession(page);
    // Processor time of the page's own thread: what else the machine does is no matter.
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    await page.reload();
    await page.locator(".line").first().waitFor();
    const { metrics } = await session.send("Performance.getMetrics");
    const seconds = metrics.find(({ name }) => name === "TaskDuration")?.value;
    expect(seconds).toBeLessThan(1);
    await page.locator(".player .forward").click();
    expect(await title(page)).not.toBe("sys_sendto");
    expect(requests).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test("opens at the send, verdict on top", async () => {
    const { page } = await browser.open(await pageOf(...MAIN_JOB));
    expect(await page.locator(".what:visible").textContent()).toMatch(
      /^✗ lost: no socket is bound to 127\.0\.0\.1:9999/,
    );
    expect(await title(page)).toBe("sys_sendto");
    expect(await page.title()).toMatch(/^nettrace: sendto\(3, "aaaaa"/);
    expect(await page.locator(".call:visible").count()).toBe(1);
  });

  test("opens at the decision of a call that failed, its address as it is", async () => {
    const { page } = await browser.open(await pageOf(...MAIN_JOB, "--connect", "-n", "2"));
    expect(await title(page)).toBe("sock_alloc_send_pskb");
    expect(await page.locator('.tree [aria-selected="true"]').textContent()).toContain("decided here");
    expect(page.url()).toMatch(/\.html$/);
    const { page: other } = await browser.open(await pageOf("sendto", "10.0.0.1", "9", "x"));
    expect(await other.locator('.tree [aria-selected="true"]').textContent()).toContain("decided here");
  });

  test("a link to a step opens there, unfolding what hides it", async () => {
    const html = await pageOf(...MAIN_JOB);
    const section = dataOf(html).sections[1];
    const row = section?.rows.findIndex((r) => section.fns[r.fn]?.[0] === "memcpy_fromiovecend") ?? 0;
    const { page } = await browser.open(html, `#step=${(section?.first ?? 0) + row}`);
    expect(await title(page)).toBe("memcpy_fromiovecend");
    expect(await selected(page).textContent()).toContain("memcpy_fromiovecend");
    await follow(page, () => page.evaluate("location.hash = '#step=2'"));
    expect(await page.locator("#calls [aria-current]").textContent()).toContain("socket");
    expect(await step(page)).toBe(2);
    await follow(page, () => page.evaluate("location.hash = '#step=99999'"));
    expect(await step(page)).toBe(2);
  });

  test("the address names the step", async () => {
    const { page } = await browser.open(await pageOf(...MAIN_JOB));
    await page.locator(".player .forward").click();
    expect(await page.evaluate("location.hash")).toBe(`#step=${await step(page)}`);
    await follow(page, () => page.locator(".because a").click());
    expect(await title(page)).toBe("__udp4_lib_lookup");
    expect(await page.locator(".reason").textContent()).toMatch(/^no socket/);
  });
});

describe("keys", () => {
  test("steps, decision, bookkeeping, other calls", async () => {
    const { page } = await browser.open(await pageOf(...MAIN_JOB));
    const first = await step(page);
    await page.keyboard.press("j");
    await page.keyboard.press("ArrowRight");
    expect(await title(page)).toBe("__sock_sendmsg");
    await page.keyboard.press("k");
    expect(await title(page)).toBe("sock_sendmsg");
    await page.keyboard.press("d");
    expect(await page.locator(".line", { hasText: "decided here" }).getAttribute("aria-selected")).toBe(
      "true",
    );
    const story = await page.locator(".line").count();
    await page.keyboard.press("b");
    expect(await page.locator(".line").count()).toBeGreaterThan(3 * story);
    expect(await page.locator(".switch input").isChecked()).toBe(true);
    await page.keyboard.press("[");
    expect(await step(page)).toBe(1);
    await page.keyboard.press("]");
    expect(await step(page)).toBe(first);
  });

  test("the tree by arrows: open, close, in, out, ends", async () => {
    const { page } = await browser.open(await pageOf(...MAIN_JOB));
    await selected(page).focus();
    await page.keyboard.press("ArrowDown");
    expect(await title(page)).toBe("sock_sendmsg");
    await page.keyboard.press("ArrowLeft");
    expect(await selected(page).getAttribute("aria-expanded")).toBe("false");
    expect(await page.locator(".line").count()).toBeLessThan(5);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await title(page)).toBe("__sock_sendmsg");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    expect(await title(page)).toBe("sock_sendmsg");
    await page.keyboard.press("End");
    expect(await selected(page).getAttribute("data-at")).toBe(
      String((await page.locator(".line").count()) - 1),
    );
    await page.keyboard.press("Home");
    expect(await title(page)).toBe("sys_sendto");
    expect(await page.evaluate("document.activeElement.getAttribute('role')")).toBe("treeitem");
  });

  test("one tab stop for the tree, one for the fields of a header", async () => {
    const { page } = await browser.open(await pageOf(...MAIN_JOB));
    expect(await page.locator('.line[tabindex="0"]').count()).toBe(1);
    await page.keyboard.press("d");
    const ip = page.getByRole("group", { name: "Fields of the ip header" });
    expect(await ip.locator('[tabindex="0"]').count()).toBe(1);
    await ip.locator("button").first().focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("ihl5 (20 bytes)");
    expect(await page.locator(".cell.lit").allTextContents()).toEqual(["45"]);
  });

  test("the list of keys opens, closes, and can switch single keys off", async () => {
    const { page } = await browser.open(await pageOf(...MAIN_JOB));
    await page.keyboard.press("?");
    const box = page.getByRole("dialog", { name: "Keys" });
    await box.getByRole("checkbox").uncheck();
    await page.keyboard.press("Escape");
    expect(await box.isVisible()).toBe(false);
    const before = await step(page);
    await page.keyboard.press("j");
    expect(await step(page)).toBe(before);
  });
});

describe("what is shown", () => {
  test("the packet grows, each byte by its writer, new ones marked", async () => {
    const { page } = await browser.open(await pageOf(...MAIN_JOB));
    expect(await page.locator(".packet h3").textContent()).toBe("user memory of the caller");
    await page.locator(".line", { hasText: "wrote 8 bytes: udp header" }).click();
    expect(await page.locator(".part .about").allTextContents()).toEqual([
      "room20 bytes",
      "udp header8 bytes by udp_send_skb",
      "payload5 bytes by memcpy_fromiovecend",
    ]);
    const fresh = await each(page, ".cell.new", "e.dataset.by");
    expect(fresh).toEqual(Array(8).fill("udp"));
    await page.locator(".part.new .cell").nth(2).hover();
    expect(await page.locator(".field.lit").textContent()).toBe("dport9999");
    expect(await page.locator(".readout").textContent()).toMatch(
      /^byte 22: dport 9999\. Written by udp_send_skb/,
    );
  });

  test("counters with who moved them; what is known, and what is news", async () => {
    const { page } = await browser.open(await pageOf(...MAIN_JOB));
    await page.keyboard.press("d");
    await page.keyboard.press("ArrowDown");
    const card = page.locator(".card", { hasText: "Datagram pkt#1" });
    expect(await card.locator("dd").allTextContents()).toContain("5 bytes of UDP");
  });

  test("search brings up bookkeeping too, and counts the hits", async () => {
    const { page } = await browser.open(await pageOf(...MAIN_JOB));
    await page.keyboard.press("/");
    await page.keyboard.type("memcpy");
    expect(await title(page)).toBe("memcpy_fromiovecend");
    expect(await page.locator(".hits").textContent()).toBe("1 of 1");
    await page.locator("input[type=search]").fill("ip_rcv skb#2");
    await page.keyboard.press("Enter");
    const second = await step(page);
    await page.keyboard.press("Shift+Enter");
    expect(await step(page)).not.toBe(second);
    await page.locator("input[type=search]").fill("no such thing");
    expect(await page.locator(".hits").textContent()).toBe("none");
    await page.keyboard.press("Escape");
    expect(await page.locator(".line.found").count()).toBe(0);
  });

  test("only one layer", async () => {
    const { page } = await browser.open(await pageOf(...MAIN_JOB));
    await page.getByRole("button", { name: "route", exact: true }).click();
    const layers = await each(page, '.line:not([data-kind="context"])', "e.dataset.layer");
    expect([...new Set(layers)]).toEqual(["route"]);
  });

  test("plays by itself, to the end, and stops when asked", async () => {
    const { page } = await browser.open(await pageOf("sendto", "10.0.0.1", "9", "x"), "#step=1");
    await page.clock.install({ time: 0 });
    await page.clock.pauseAt(1000);
    await page.getByLabel("Speed").selectOption("4");
    await page.getByRole("button", { name: "Play" }).click();
    for (let i = 0; i < 50 && (await step(page)) === 1; i++) await page.clock.runFor(100);
    await page.getByRole("button", { name: "Pause" }).click();
    const at = await step(page);
    expect(at).toBeGreaterThan(1);
    await page.clock.runFor(10_000);
    expect(await step(page)).toBe(at);
    await page.getByRole("button", { name: "Play" }).click();
    await page.clock.runFor(100_000);
    await page.getByRole("button", { name: "Play" }).waitFor();
    expect(await step(page)).toBeGreaterThan(at);
    await page.getByLabel("Step", { exact: true }).fill("3");
    expect(await page.getByLabel("Step", { exact: true }).getAttribute("aria-valuetext")).toMatch(
      /^step \d+, /,
    );
  });

  test("several sends are sections, the failed ones marked", async () => {
    const { page } = await browser.open(await pageOf(...MAIN_JOB, "--connect", "-n", "3"));
    const calls = page.locator("#calls button");
    expect(await calls.allTextContents()).toEqual([
      "socket = 3",
      "connect = 0",
      "1. sendto = 5",
      "2. sendto = -1 ECONNREFUSED",
      "3. sendto = 5",
    ]);
    expect(await page.locator(".what:visible").textContent()).toMatch(
      /^✗ refused: ECONNREFUSED was pending, from the ICMP port unreachable for send 1/,
    );
    expect(await page.locator(".line.failed").count()).toBeGreaterThan(3);
    await calls.nth(2).click();
    expect(await title(page)).toBe("sys_sendto");
    await calls.nth(3).click();
    expect(await title(page)).toBe("sys_sendto");
  });

  test("--depth all and --layer decide how it opens", async () => {
    const all = await browser.open(await pageOf(...MAIN_JOB, "--depth", "all"));
    expect(await all.page.locator(".line").count()).toBeGreaterThan(300);
    const some = await browser.open(await pageOf(...MAIN_JOB, "--layer", "udp,icmp"));
    expect(await some.page.locator('.chip[aria-pressed="true"]').allTextContents()).toEqual(["udp", "icmp"]);
  });
});

test("a payload that is markup is inert wherever it is shown", async () => {
  const hostile = "</script><img src=x onerror=alert(1)><svg onload=alert(2)>";
  const html = await pageOf("sendto", "127.0.0.1", "9999", hostile, "-s", "0", "--listen");
  const { page, dialogs, complaints, requests } = await browser.open(html);
  const calls = await page.locator("#calls button").count();
  for (let i = 0; i < calls; i++) {
    await page.locator("#calls button").nth(i).click();
    await page.locator(".line").last().click();
  }
  await page.locator("#calls button", { hasText: "sendto" }).click();
  expect(await page.locator(".astext").textContent()).toContain("</script><img src=x onerror=alert(1)>");
  expect(await page.locator("img, main .call svg, main svg[onload]").count()).toBe(0);
  expect([dialogs, complaints, requests]).toEqual([[], [], []]);
});

describe.each(["light", "dark"] as const)("for every eye and ear, %s", (scheme) => {
  test("names, roles and one heading order", async () => {
    const { page } = await browser.open(await pageOf(...MAIN_JOB), "", "wide", scheme);
    await page.keyboard.press("d");
    const nameless = await each(
      page,
      "button, input, select, a, [role]:not([role=search])",
      `e.getClientRects().length > 0 && !e.getAttribute("aria-label") && e.textContent.trim() === "" &&
        e.closest("label") === null ? e.outerHTML : ""`,
    );
    expect(nameless.filter((html) => html !== "")).toEqual([]);
    expect(await page.getByRole("tree", { name: "Calls, in order of time" }).isVisible()).toBe(true);
    const levels = (await each(page, '[role="treeitem"]', "e.ariaLevel")).map(Number);
    expect(levels.every((level, i) => level <= (levels[i - 1] ?? 0) + 1)).toBe(true);
    expect(await page.locator("[aria-live=polite]").textContent()).toMatch(
      /^Step \d+: __udp4_lib_lookup, udp\. no socket is bound to this address and port/,
    );
    const headings = (await each(page, "h1, h2, h3, h4", "e.checkVisibility() ? e.tagName[1] : ''")).filter(
      Boolean,
    );
    expect(headings[0]).toBe("1");
    expect(headings.every((h, i) => Number(h) <= Number(headings[i - 1] ?? 0) + 1)).toBe(true);
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
    expect(await page.locator("main").count()).toBe(1);
  });

  test("text can be read: its contrast, as computed on the screen", async () => {
    const { page } = await browser.open(await pageOf(...MAIN_JOB), "", "wide", scheme);
    await page.keyboard.press("d");
    expect(await page.evaluate(FAINT)).toEqual([]);
    await page.getByRole("button", { name: "Dark colours" }).click();
    expect(await page.evaluate(FAINT)).toEqual([]);
  });

  test("on a phone: one column, nothing wider than the screen, fingers fit", async () => {
    const { page } = await browser.open(await pageOf(...MAIN_JOB), "", "narrow", scheme);
    const wide = "document.documentElement.scrollWidth - innerWidth";
    expect(await page.evaluate(wide)).toBe(0);
    await page.getByRole("button", { name: "This step" }).click();
    await page.getByRole("button", { name: "To the deciding function" }).click();
    expect(await page.locator(".tree").isVisible()).toBe(false);
    expect(await page.locator(".reason").isVisible()).toBe(true);
    expect(await page.evaluate(wide)).toBe(0);
    const small = `[...document.querySelectorAll(".player button")].map((b) => b.getBoundingClientRect())
      .filter((r) => r.height > 0 && (r.height < 40 || r.width < 40)).length`;
    expect(await page.evaluate(small)).toBe(0);
    await page.getByRole("button", { name: "Calls" }).click();
    expect(await page.locator(".tree").isVisible()).toBe(true);
  });

  test("the focus can be seen", async () => {
    const { page } = await browser.open(await pageOf(...MAIN_JOB), "", "wide", scheme);
    for (let i = 0; i < 24; i++) {
      await page.keyboard.press("Tab");
      const outline = await page.evaluate(
        `(() => { const e = document.activeElement; const o = getComputedStyle(e.closest(".field:has(input)") ?? e);
          return e === document.body || parseFloat(o.outlineWidth) >= 2 && o.outlineStyle !== "none" ? "" : e.outerHTML; })()`,
      );
      expect(outline).toBe("");
    }
  });
});

/** Text whose contrast against what lies behind it is under 4.5, as a script for the page. */
const FAINT = `(() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const over = (below, colour) => {
    canvas.fillStyle = below; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return "rgb(" + [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).join(",") + ")";
  };
  const ground = (e) => e === null ? "white" : over(ground(e.parentElement), getComputedStyle(e).backgroundColor);
  const luminance = (rgb) => parse(rgb).slice(0, 3).map((v) => v / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const faint = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (walker.currentNode.textContent.trim() === "" || e.closest("script, noscript, svg, option, .sr") || e.getClientRects().length === 0) continue;
    const behind = ground(e);
    const [a, b] = [luminance(over(behind, getComputedStyle(e).color)), luminance(behind)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faint.add(e.className + " " + e.textContent.slice(0, 20) + " " + ratio.toFixed(2));
  }
  return [...faint];
})()`;
