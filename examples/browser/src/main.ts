/** An agent looks up a price on a web page. Each page that it visits is a span: where, how many actions, and what went wrong. */
import { agent, flush } from '@tallyspan/sdk';
import { browse } from '@tallyspan/sdk/browser';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';

// A shop of our own, so that the example needs no other.
const shop = createServer((_, response) =>
  response.setHeader('content-type', 'text/html').end(`<title>Shoes</title>
    <label>Size <select id="size"><option>41</option><option>42</option></select></label>
    <button onclick="price.textContent = size.value === '42' ? '89 EUR' : 'sold out'">Price</button> <b id="price"></b>`),
);
await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/shoes?session=1234`;

// In a container Chromium has no sandbox of its own to stand in.
const executablePath = process.env.CHROME_PATH;
const browser = await chromium.launch({ args: ['--no-sandbox'], ...(executablePath && { executablePath }) });

const shopper = agent({ name: 'shopper', tenant: 'acme-corp' }, async (size: string) =>
  browse(await browser.newPage(), async (page) => {
    await page.goto(url);
    await page.getByLabel('Size').selectOption(size);
    await page.getByRole('button', { name: 'Price' }).click();
    return page.locator('#price').textContent();
  }),
);

console.log(`Size 42: ${await shopper('42')}`);
await browser.close();
shop.close();
await flush();
