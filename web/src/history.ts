/**
 * Makes the history's picture a chart to move in. The page is complete without it; whatever fails
 * here leaves the server's picture where it is.
 */
import { HistoryPage } from './history/page';
import { dataOf } from './history/parts';

const root = document.querySelector<HTMLElement>('#chart');
const data = dataOf(document);
if (root && data) new HistoryPage(root, data);
