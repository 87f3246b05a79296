// The hall's screen asks again every ten seconds; without script the page's own refresh does.
'use strict';
setTimeout(() => location.reload(), 10000);
