// VitePress's own theme, with what axe finds missing in it.

import type { Theme } from 'vitepress';
import DefaultTheme, { VPHomeFeatures, VPHomeHero } from 'vitepress/theme';
import { h } from 'vue';
import './style.css';

const notFound = () =>
  h('main', { class: 'not-found' }, [
    h('h1', 'There is no such page'),
    h('p', [
      'The ',
      h('a', { href: import.meta.env.BASE_URL }, 'first page'),
      ' leads to all that there are.',
    ]),
  ]);

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { 'not-found': notFound }),
  enhanceApp({ app }) {
    // The first page is made of them inside of a `main`, which the theme's own `home` lacks.
    app.component('HomeHero', VPHomeHero);
    app.component('HomeFeatures', VPHomeFeatures);
  },
} satisfies Theme;
