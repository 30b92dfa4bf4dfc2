<!-- SPDX-License-Identifier: MIT -->
<!-- The home page: who you are, what the session holds, and all that can be done with it. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">

<xsl:template match="page[@view = 'home']" mode="title">Your session</xsl:template>

<xsl:template match="page[@view = 'home']" mode="main">
  <xsl:apply-templates select="session" mode="identity"/>
  <xsl:apply-templates select="session[not(user)]" mode="login"/>
  <xsl:apply-templates select="session" mode="counter"/>
  <xsl:apply-templates select="session" mode="cart"/>
  <xsl:apply-templates select="session" mode="assign"/>
  <xsl:apply-templates select="session[attribute]" mode="attributes"/>
  <xsl:apply-templates select="session[user]" mode="login"/>
  <xsl:apply-templates select="session" mode="leave"/>
</xsl:template>

<xsl:template match="session" mode="identity">
  <section aria-labelledby="identity">
    <h1 id="identity">
      <xsl:text>You are </xsl:text>
      <span id="user">
        <xsl:value-of select="user"/>
        <xsl:if test="not(user)">nobody</xsl:if>
      </span>
    </h1>
    <dl>
      <div>
        <dt>Session</dt>
        <dd id="session-hash">
          <xsl:value-of select="@hash"/>
          <xsl:if test="not(@hash)">none yet</xsl:if>
        </dd>
      </div>
      <div>
        <dt>Cookie</dt>
        <dd id="cookie">
          <xsl:choose>
            <xsl:when test="not(@hash)">none yet</xsl:when>
            <xsl:when test="@remembered = 'yes'">kept for 30 days</xsl:when>
            <xsl:otherwise>ends with the browser</xsl:otherwise>
          </xsl:choose>
        </dd>
      </div>
      <div>
        <dt>Created (UTC)</dt>
        <dd id="created">
          <xsl:apply-templates select="@created"/>
          <xsl:if test="not(@created)">not yet</xsl:if>
        </dd>
      </div>
      <div>
        <dt>Last seen (UTC)</dt>
        <dd id="accessed">
          <xsl:apply-templates select="@accessed"/>
          <xsl:if test="not(@accessed)">not yet</xsl:if>
        </dd>
      </div>
      <div>
        <dt>First came from</dt>
        <dd id="remote-address">
          <xsl:value-of select="@remote-address"/>
          <xsl:if test="not(@remote-address)">unknown</xsl:if>
        </dd>
      </div>
    </dl>
  </section>
</xsl:template>

<xsl:template match="session" mode="login">
  <section aria-labelledby="entering">
    <h2 id="entering">
      <xsl:choose>
        <xsl:when test="user">Log in as somebody else</xsl:when>
        <xsl:otherwise>Log in</xsl:otherwise>
      </xsl:choose>
    </h2>
    <form id="login" method="post" action="/login">
      <xsl:call-template name="token"/>
      <label for="login-user">Name (any will do)</label>
      <input id="login-user" name="user" type="text" required="required" maxlength="64"
             autocomplete="username" autocapitalize="none" spellcheck="false"/>
      <label class="check">
        <input name="remember" type="checkbox" value="yes"/>
        <span>Remember me for 30 days</span>
      </label>
      <button type="submit" class="main">Log in</button>
    </form>
    <p class="hint">A login gives the session a new id; what it holds stays.</p>
  </section>
</xsl:template>

<xsl:template match="session" mode="counter">
  <section aria-labelledby="counting">
    <h2 id="counting">Counter</h2>
    <p class="figure">
      <span id="counter">
        <xsl:value-of select="counter"/>
        <xsl:if test="not(counter)">0</xsl:if>
      </span>
    </p>
    <div class="actions">
      <xsl:call-template name="form">
        <xsl:with-param name="id">increment</xsl:with-param>
        <xsl:with-param name="button">Increment</xsl:with-param>
        <xsl:with-param name="kind">main</xsl:with-param>
      </xsl:call-template>
      <xsl:call-template name="form">
        <xsl:with-param name="id">increment-and-fail</xsl:with-param>
        <xsl:with-param name="button">Increment and fail</xsl:with-param>
      </xsl:call-template>
    </div>
    <p class="hint">A page that fails leaves the session as it was.</p>
  </section>
</xsl:template>

<xsl:template match="session" mode="cart">
  <section aria-labelledby="shopping">
    <h2 id="shopping">Cart</h2>
    <ul id="cart">
      <xsl:call-template name="item">
        <xsl:with-param name="name" select="'tea'"/>
      </xsl:call-template>
      <xsl:call-template name="item">
        <xsl:with-param name="name" select="'honey'"/>
      </xsl:call-template>
      <xsl:call-template name="item">
        <xsl:with-param name="name" select="'bread'"/>
      </xsl:call-template>
    </ul>
    <div class="thirds">
      <xsl:call-template name="add">
        <xsl:with-param name="name" select="'tea'"/>
      </xsl:call-template>
      <xsl:call-template name="add">
        <xsl:with-param name="name" select="'honey'"/>
      </xsl:call-template>
      <xsl:call-template name="add">
        <xsl:with-param name="name" select="'bread'"/>
      </xsl:call-template>
    </div>
  </section>
</xsl:template>

<!-- The element's text is the count alone; style.css writes the item's name above it. -->
<xsl:template name="item">
  <xsl:param name="name"/>
  <xsl:variable name="count" select="item[@name = $name]/@count"/>
  <li data-item="{$name}">
    <xsl:value-of select="$count"/>
    <xsl:if test="not($count)">0</xsl:if>
  </li>
</xsl:template>

<xsl:template name="add">
  <xsl:param name="name"/>
  <form id="add-{$name}" method="post" action="/cart/add">
    <xsl:call-template name="token"/>
    <input type="hidden" name="item" value="{$name}"/>
    <button type="submit" class="plain">Add <xsl:value-of select="$name"/></button>
  </form>
</xsl:template>

<xsl:template match="session" mode="assign">
  <section aria-labelledby="assigning">
    <h2 id="assigning">Keep without a login</h2>
    <p id="kept">
      <xsl:choose>
        <xsl:when test="keep">
          <xsl:text>This session is assigned: it is kept although nobody may be </xsl:text>
          <xsl:text>logged in.</xsl:text>
        </xsl:when>
        <xsl:when test="/page/@server = 'quixote-app'">
          <xsl:text>This server keeps a session once somebody is logged in. What a </xsl:text>
          <xsl:text>visitor counts and collects before is forgotten with the page, </xsl:text>
          <xsl:text>unless the session is assigned.</xsl:text>
        </xsl:when>
        <xsl:otherwise>
          <xsl:text>This server keeps a session as soon as it holds anything. Assigned, </xsl:text>
          <xsl:text>it is kept on the Python server, too.</xsl:text>
        </xsl:otherwise>
      </xsl:choose>
    </p>
    <xsl:call-template name="form">
      <xsl:with-param name="id">assign</xsl:with-param>
      <xsl:with-param name="button">Assign session</xsl:with-param>
    </xsl:call-template>
  </section>
</xsl:template>

<xsl:template match="session" mode="attributes">
  <section aria-labelledby="holding">
    <h2 id="holding">Put there by other programs</h2>
    <ul id="attributes">
      <xsl:for-each select="attribute">
        <li data-name="{@name}">
          <code><xsl:value-of select="@name"/></code>
          <xsl:text> </xsl:text>
          <span class="type"><xsl:value-of select="@type"/></span>
        </li>
      </xsl:for-each>
    </ul>
  </section>
</xsl:template>

<xsl:template match="session" mode="leave">
  <section aria-labelledby="leaving">
    <h2 id="leaving">Leave</h2>
    <div class="actions">
      <xsl:call-template name="form">
        <xsl:with-param name="id">logout</xsl:with-param>
        <xsl:with-param name="button">Log out</xsl:with-param>
        <xsl:with-param name="kind">main</xsl:with-param>
      </xsl:call-template>
      <xsl:call-template name="form">
        <xsl:with-param name="id">logout-others</xsl:with-param>
        <xsl:with-param name="button">Log out my other browsers</xsl:with-param>
      </xsl:call-template>
      <xsl:call-template name="form">
        <xsl:with-param name="id">logout-everywhere</xsl:with-param>
        <xsl:with-param name="button">Log out everywhere</xsl:with-param>
      </xsl:call-template>
      <xsl:call-template name="form">
        <xsl:with-param name="id">logout-and-fail</xsl:with-param>
        <xsl:with-param name="button">Log out and fail</xsl:with-param>
      </xsl:call-template>
    </div>
  </section>
</xsl:template>

</xsl:stylesheet>
