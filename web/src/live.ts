/**
 * Follows the live feed on every page. The pages are complete without it: what it knows is written
 * to `<html data-live="on|off">` and announced as a `quietline:frame` event, nothing more.
 */
import { backoffMs } from './backoff';

const FEED = '/api/v1/live';

function mark(state: 'on' | 'off'): void {
  document.documentElement.dataset.live = state;
}

function follow(attempt: number): void {
  const feed = new EventSource(FEED);
  let failures = attempt;
  feed.onopen = () => {
    failures = 0;
    mark('on');
  };
  feed.onmessage = (message: MessageEvent<string>) => {
    document.dispatchEvent(new CustomEvent('quietline:frame', { detail: JSON.parse(message.data) }));
  };
  // The browser's own reconnection comes after a fixed delay, the same for everybody.
  feed.onerror = () => {
    feed.close();
    mark('off');
    setTimeout(() => follow(failures + 1), backoffMs(failures, Math.random()));
  };
}

follow(0);
