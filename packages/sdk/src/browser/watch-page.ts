import { innermostFrame } from '../context.ts';
import { fields } from '../read.ts';
import { type Method, originalOf, shadow } from '../shadow.ts';
import { actions, elementFinders, type Frame, isPage, type Page } from './playwright-page.ts';
import { Visit } from './visit.ts';

const watched = new WeakMap<object, PageWatch>();

/** The watch over a page, if there is one. */
export function watchOf(page: object): PageWatch | undefined {
  return watched.get(page);
}

/** Watches a page, its frames and the pages that it opens, until it is closed. Answers how to stop before. */
export function watchPage(page: Page): () => void {
  const watch = watched.get(page) ?? new PageWatch(page);
  watched.set(page, watch);
  return () => watch.stop();
}

/** The visits of one page, one after the other. Methods are put in front of those of this page only, and taken off when it is closed. */
class PageWatch {
  readonly #page: Page;
  #visit: Visit | undefined;
  #restore: (() => void)[] = [];
  /** Pages that this one opened. */
  readonly #popups = new Set<PageWatch>();
  readonly #seen = new WeakSet<object>();
  #stopped = false;

  constructor(page: Page) {
    this.#page = page;
    for (const frame of page.frames()) this.#watchFrame(frame);
    this.#count(page, actions.page);
    for (const name of ['keyboard', 'mouse', 'touchscreen'] as const) this.#count(page[name], actions[name]);
    this.#restore.push(...around(page.mainFrame(), ['goto'], (go, args) => this.#goto(go, args)));
    this.#listen('frameattached', (frame: Frame) => this.#watchFrame(frame));
    this.#listen('popup', (popup: unknown) => this.#opened(popup));
    this.#listen('crash', () => this.#visit?.failed({ name: 'PageCrash' }));
    this.#listen('close', () => this.stop());
  }

  /** A page that is somewhere already is being visited. */
  begin(): void {
    if (!this.#visit && this.#url() !== 'about:blank') this.#visit = new Visit(this.#url());
  }

  failed(error: unknown): void {
    this.#visit?.failed(error);
  }

  /** Ends the visit, and those of the pages that were opened from it. */
  end(): void {
    this.#leave();
    for (const popup of this.#popups) popup.end();
  }

  stop(): void {
    this.#stopped = true;
    this.#leave();
    for (const restore of this.#restore.toReversed()) restore();
    this.#restore = [];
    watched.delete(this.#page);
  }

  #leave(): void {
    this.#visit?.end(this.#url());
    this.#visit = undefined;
  }

  #url(): string {
    try {
      return this.#page.url();
    } catch {
      return '';
    }
  }

  #listen(event: string, listener: (value: never) => void): void {
    this.#page.on(event, listener);
    this.#restore.push(() => this.#page.off(event, listener));
  }

  #watchFrame(frame: Frame): void {
    if (this.#seen.has(frame)) return;
    this.#seen.add(frame);
    this.#count(frame, actions.frame);
    this.#restore.push(...around(frame, elementFinders, (find) => this.#found(find)));
  }

  /** Elements are many and short-lived: what stands on them goes with them. */
  #watchElement(element: object): void {
    if (this.#seen.has(element)) return;
    this.#seen.add(element);
    around(element, actions.element, (act) => this.#act(act));
    around(element, elementFinders, (find) => this.#found(find));
  }

  #count(holder: object, names: readonly string[]): void {
    this.#restore.push(...around(holder, names, (act) => this.#act(act)));
  }

  #act(act: () => unknown): unknown {
    // What is called after the page was closed fails by itself, and belongs to no visit.
    if (this.#stopped || this.#page.isClosed()) return act();
    const visit = (this.#visit ??= new Visit(this.#url()));
    visit.acted();
    return passOn(act(), undefined, (error) => visit.failed(error));
  }

  #goto(go: () => unknown, args: unknown[]): unknown {
    if (this.#stopped || this.#page.isClosed()) return go();
    this.#leave();
    const visit = (this.#visit = new Visit(String(args[0])));
    return passOn(
      go(),
      (response) => visit.answered(response),
      (error) => {
        visit.failed(error);
        visit.end(String(args[0]));
        // The page is where it was before.
        if (this.#visit === visit) this.#visit = undefined;
      },
    );
  }

  #found(find: () => unknown): unknown {
    return passOn(find(), (found) => {
      for (const element of Array.isArray(found) ? found : [found])
        if (typeof element === 'object' && element !== null) this.#watchElement(element);
    });
  }

  /** A page that this one opened belongs to where this one was visited from: nothing of the program stands around it. */
  #opened(page: unknown): void {
    if (!isPage(page) || watched.has(page)) return;
    watchPage(page);
    const popup = watched.get(page)!;
    popup.#visit = new Visit(popup.#url(), this.#visit?.frame ?? innermostFrame());
    this.#popups.add(popup);
    popup.#restore.push(() => this.#popups.delete(popup));
  }
}

/** Puts something around methods of one object; `call` makes the call. Answers how to take it off. */
function around(
  holder: object,
  names: readonly string[],
  wrap: (call: () => unknown, args: unknown[]) => unknown,
): (() => void)[] {
  return names.flatMap((name) => {
    const method = fields(holder)[name];
    if (typeof method !== 'function' || originalOf(method as Method) !== method) return [];
    const wrapper = function (this: unknown, ...args: unknown[]): unknown {
      return wrap(() => Reflect.apply(method, this, args) as unknown, args);
    };
    return [shadow(holder, name, method as Method, wrapper)];
  });
}

/** A promise that does what this one does, after somebody looked: rejections that nobody handles stay such. */
function passOn(
  result: unknown,
  onValue: ((value: unknown) => void) | undefined,
  onError?: (error: unknown) => void,
): unknown {
  if (!(result instanceof Promise)) return result;
  return result.then(
    (value: unknown) => {
      onValue?.(value);
      return value;
    },
    (error: unknown) => {
      onError?.(error);
      throw error;
    },
  );
}
