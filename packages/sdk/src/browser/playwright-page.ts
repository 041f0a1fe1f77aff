import { fields } from '../read.ts';

/** What we need of Playwright's classes. Types of our own: nobody needs Playwright installed for ours. */
export interface Frame {
  url(): string;
}
export interface Page extends Frame {
  mainFrame(): Frame;
  frames(): Frame[];
  isClosed(): boolean;
  on(event: string, listener: (value: never) => void): unknown;
  off(event: string, listener: (value: never) => void): unknown;
  keyboard: object;
  mouse: object;
  touchscreen: object;
}

const METHODS = ['goto', 'mainFrame', 'frames', 'locator', 'isClosed', 'url', 'on', 'off', 'context'];

/** A page of Playwright. Puppeteer's has no `context`, and counts a click twice below its surface. */
export function isPage(value: unknown): value is Page {
  const page = fields(value);
  return typeof page['keyboard'] === 'object' && METHODS.every((name) => typeof page[name] === 'function');
}

/**
 * What counts as an action, by the object on which Playwright ends up: methods of a page and of locators, however they were chained, call
 * the method of the frame that they belong to. `setChecked` calls `check`, `clear` calls `fill`, `pressSequentially` calls `type`.
 */
const onElements = [
  'check',
  'click',
  'dblclick',
  'fill',
  'hover',
  'press',
  'selectOption',
  'setInputFiles',
  'tap',
  'type',
  'uncheck',
] as const;

export const actions = {
  frame: [...onElements, 'dragAndDrop'],
  element: onElements,
  page: ['goBack', 'goForward', 'reload'],
  keyboard: ['insertText', 'press', 'type'],
  mouse: ['click', 'dblclick', 'wheel'],
  touchscreen: ['tap'],
} as const;

/** Methods of a frame, or of an element, that answer elements. */
export const elementFinders = ['$', '$$', 'waitForSelector'] as const;
