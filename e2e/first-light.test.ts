/** What a newcomer sees: one command, one page, the figures of a crew of agents. */
import { nanosFromUsd, usdFromNanos } from '@tallyspan/facts';
import type { CostNode, Costs, Trace, TraceList } from '@tallyspan/server';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser } from '../tools/browser.ts';
import { type House, startHouse } from './house.ts';

let house: House;
let browser: Browser;
const problems: string[] = [];

beforeAll(async () => {
  house = await startHouse('start');
  const executablePath = findBrowser();
  if (!executablePath) throw new Error('No browser: install Chromium, or set CHROME_PATH to one.');
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
  browser = await chromium.launch({ executablePath, args });
});
afterAll(async () => {
  await browser?.close();
  await house?.remove();
});

async function open(path: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('request', (request) => !request.url().startsWith(house.url) && problems.push(`asked ${request.url()}`));
  await page.goto(house.url + path);
  return page;
}

const sum = (nodes: readonly { costUsd: string }[]) =>
  usdFromNanos(nodes.reduce((all, { costUsd }) => all + nanosFromUsd(costUsd), 0n));
/** What the page shows when one hovers over a figure: it is exact there. */
const exact = (page: Page, selector: string) => page.locator(`${selector} [title]`).first().getAttribute('title');

describe('npm start on an empty store', () => {
  it('COST-07 COST-20 COST-21 the crew’s cost tree is there as soon as it is ready: agent, role, model, with calls and dollars', async () => {
    const costs = await house.get<Costs>('/api/v1/costs?by=agent,role,model');
    const crew = costs.tree.find(({ value }) => value === 'content-crew')!;
    expect(crew.children.map(({ value }) => value).toSorted()).toEqual(['editor', 'researcher', 'writer']);
    expect(
      crew.children.every(({ children }) =>
        children.every(({ dimension, calls }) => dimension === 'model' && calls > 0),
      ),
    ).toBe(true);
    for (const by of ['agent', 'role', 'model']) {
      const { rows } = await house.get<Costs>(`/api/v1/costs?by=${by}`);
      expect(sum(rows)).toBe(costs.total.costUsd);
    }
  });

  it('COST-22 LLM-50 every total equals the sum of its lines, to the nano-dollar', async () => {
    const { tree, rows, total } = await house.get<Costs>('/api/v1/costs?by=tenant,agent,run,role,model');
    const check = (node: CostNode): void => {
      if (node.children.length === 0) return;
      expect(sum(node.children)).toBe(node.costUsd);
      expect(node.children.reduce((calls, child) => calls + child.calls, 0)).toBe(node.calls);
      node.children.forEach(check);
    };
    tree.forEach(check);
    expect(sum(tree)).toBe(total.costUsd);
    expect(sum(rows)).toBe(total.costUsd);
    expect(total.unpricedCalls).toBe(0);
  });

  it('the terminal shows the tree with a total that is the sum of its lines', async () => {
    const printed = house.printed();
    expect(printed).toContain('Agent: content-crew (run #1)');
    const { total } = await house.get<Costs>('/api/v1/costs?by=agent');
    expect(printed).toContain(`$${total.costUsd}`);
  });

  it('the call that was turned away and tried again shows as a failed span beside the one that worked', async () => {
    const { traces } = await house.get<TraceList>('/api/v1/traces?agent=content-crew');
    const spans = (
      await Promise.all(traces.map(({ traceId }) => house.get<Trace>(`/api/v1/traces/${traceId}`)))
    ).flatMap((trace) => trace.spans);
    const writers = spans.filter((span) => span.role === 'writer' && span.billable);
    expect(writers.map(({ status, errorType }) => [status, errorType]).toSorted()).toContainEqual(['error', '429']);
    expect(spans.some(({ operation }) => operation === 'execute_tool')).toBe(true);
    expect(spans.some(({ timeToFirstChunkMs }) => timeToFirstChunkMs !== null && timeToFirstChunkMs > 0)).toBe(true);
  });
});

describe('the page', () => {
  it('COST-20 COST-21 COST-22 COST-25 LLM-51 shows the same dollars and calls as the API, in the cost tree', async () => {
    const costs = await house.get<Costs>('/api/v1/costs?by=agent,role,model');
    const page = await open('/costs');
    await page.getByTestId('cost-total').waitFor();
    expect(await exact(page, '[data-testid=cost-total]')).toContain(costs.total.costUsd);
    expect(await page.getByTestId('total-calls').innerText()).toBe(String(costs.total.calls));
    const text = await page.getByTestId('cost-table').innerText();
    for (const agent of costs.tree) {
      for (const role of agent.children) for (const model of role.children) expect(text).toContain(model.value!);
    }
    await page.close();
  });

  it('lists the traces, and gets a new one without being asked', async () => {
    const page = await open('/');
    const rows = page.getByTestId('trace-table').getByRole('row');
    const { traces } = await house.get<TraceList>('/api/v1/traces');
    await expect.poll(() => rows.count(), { timeout: 20_000 }).toBe(traces.length + 1);
    await sendTrace('a-newcomer');
    await page.getByText('a-newcomer').first().waitFor();
    await page.close();
  });

  it('LLM-51 shows one trace as a tree with its own dollars, from the list, by keyboard alone', async () => {
    const { traces } = await house.get<TraceList>('/api/v1/traces?agent=content-crew');
    const { summary, spans } = await house.get<Trace>(`/api/v1/traces/${traces[0]!.traceId}`);
    const page = await open('/?agent=content-crew');
    await page.getByTestId('trace-table').getByText('content-crew').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/traces/${summary.traceId}*`);
    await page.getByTestId('span-tree').waitFor();
    const rows = page.getByTestId('span-tree').getByRole('row');
    await expect.poll(() => rows.count()).toBe(spans.length + 1);
    expect(await exact(page, '[data-testid=breakdown-total]')).toContain(summary.costUsd);
    await page.close();
  });

  it('says so when there is no such trace', async () => {
    const page = await open(`/traces/${'ab'.repeat(16)}`);
    await page
      .getByText(/no trace|never received/i)
      .first()
      .waitFor();
    await page.close();
    // The browser itself reports the 404 of the question; nothing else may be reported.
    expect(problems.filter((problem) => !problem.includes('404'))).toEqual([]);
  });
});

/** As any OpenTelemetry SDK would send it. */
async function sendTrace(agent: string): Promise<void> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const span = {
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    name: `invoke_agent ${agent}`,
    kind: 1,
    startTimeUnixNano: String(now - 5_000_000n),
    endTimeUnixNano: String(now),
    attributes: [attribute('gen_ai.operation.name', 'invoke_agent'), attribute('gen_ai.agent.name', agent)],
  };
  const body = JSON.stringify({
    resourceSpans: [{ resource: {}, scopeSpans: [{ scope: { name: 'test' }, spans: [span] }] }],
  });
  const response = await fetch(`${house.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(response.status).toBe(200);
}
