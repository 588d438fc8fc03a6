// SPDX-License-Identifier: GPL-2.0-only
/** A page in a real browser: Debian's Chromium, with a profile of its own and no network. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BrowserContext, chromium, type Page } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Why these tests cannot run here, if they cannot. */
export const MISSING: string | null = existsSync(CHROMIUM) ? null : "no chromium on this machine";

/** A screen. */
export const SCREENS = { wide: { width: 1400, height: 900 }, narrow: { width: 390, height: 844 } } as const;

/** A page that is open, and what it did that it should not have. */
export interface Opened {
  readonly page: Page;
  /** Addresses that it asked for, besides itself. */
  readonly requests: readonly string[];
  /** What it wrote to the console, and errors that nobody caught. */
  readonly complaints: readonly string[];
  /** Dialogs that it opened: a payload that runs would. */
  readonly dialogs: readonly string[];
}

/** A browser, and the folder of its pages and its profile. */
export class Browser {
  private readonly folder = mkdtempSync(join(tmpdir(), "nettrace-html-"));
  private context: BrowserContext | null = null;
  private seq = 0;

  /** Open a page at a fragment, in a tab of its own. */
  async open(
    html: string,
    fragment = "",
    screen: keyof typeof SCREENS = "wide",
    colorScheme: "light" | "dark" = "light",
  ): Promise<Opened> {
    const file = join(this.folder, `${this.seq++}.html`);
    writeFileSync(file, html);
    this.context ??= await chromium.launchPersistentContext(join(this.folder, "profile"), {
      executablePath: CHROMIUM,
      args: ARGUMENTS,
    });
    const page = await this.context.newPage();
    await page.setViewportSize(SCREENS[screen]);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const own = pathToFileURL(file).href;
    const [requests, complaints, dialogs]: [string[], string[], string[]] = [[], [], []];
    page.on("request", (request) => {
      if (request.url() !== own + fragment && request.url() !== own) requests.push(request.url());
    });
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(own + fragment);
    await page.locator(".line").first().waitFor();
    return { page, requests, complaints, dialogs };
  }

  /** Close the pages that are open; the browser stays. */
  async closePages(): Promise<void> {
    for (const page of this.context?.pages().slice(1) ?? []) await page.close();
  }

  async end(): Promise<void> {
    await this.context?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
