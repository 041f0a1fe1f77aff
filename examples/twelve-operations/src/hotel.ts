import { browse } from '@tallyspan/sdk/browser';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';

/** The page of a hotel, so that the example needs no other. */
export async function startHotel() {
  const server = createServer((_, response) =>
    response
      .setHeader('content-type', 'text/html')
      .end(`<title>Hotel</title><button onclick="rate.textContent = '120'">Show rate</button> <b id="rate"></b>`),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/lisbon?campaign=spring`,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What a night costs, as a person would find out. */
export async function readPrice(url: string): Promise<number> {
  // In a container Chromium has no sandbox of its own to stand in.
  const executablePath = process.env.CHROME_PATH;
  const browser = await chromium.launch({ args: ['--no-sandbox'], ...(executablePath && { executablePath }) });
  try {
    return await browse(await browser.newPage(), async (page) => {
      await page.goto(url);
      await page.getByRole('button', { name: 'Show rate' }).click();
      return Number(await page.locator('#rate').textContent());
    });
  } finally {
    await browser.close();
  }
}
