<!-- SPDX-License-Identifier: MIT -->
<!-- The sessions that are alive, each named by a short hash: its id is nobody else's to see. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">

<xsl:template match="page[@view = 'admin']" mode="title">Live sessions</xsl:template>

<xsl:template match="page[@view = 'admin']" mode="main">
  <section aria-labelledby="living">
    <h1 id="living">Live sessions</h1>
    <p class="hint">
      <xsl:text>Anyone who is logged in may see and revoke them here. A real site would </xsl:text>
      <xsl:text>ask who you are. Times are in UTC.</xsl:text>
    </p>
    <table id="sessions" aria-labelledby="living">
      <thead>
        <tr>
          <th scope="col">Session</th>
          <th scope="col">User</th>
          <th scope="col">Created</th>
          <th scope="col">Last seen</th>
          <th scope="col">First came from</th>
          <th scope="col"><span class="unseen">Revoke</span></th>
        </tr>
      </thead>
      <tbody><xsl:apply-templates select="row"/></tbody>
    </table>
  </section>
</xsl:template>

<xsl:template match="row">
  <tr data-hash="{@hash}">
    <xsl:if test="@own = 'yes'"><xsl:attribute name="class">own</xsl:attribute></xsl:if>
    <td class="hash" data-label="Session">
      <code><xsl:value-of select="@hash"/></code>
      <xsl:if test="@own = 'yes'"><span class="mark">yours</span></xsl:if>
    </td>
    <td class="user" data-label="User">
      <xsl:value-of select="@user"/>
      <xsl:if test="not(@user)">nobody</xsl:if>
    </td>
    <td class="created" data-label="Created">
      <xsl:apply-templates select="@created"/>
    </td>
    <td class="accessed" data-label="Last seen">
      <xsl:apply-templates select="@accessed"/>
    </td>
    <td class="address" data-label="First came from">
      <xsl:value-of select="@remote-address"/>
      <xsl:if test="not(@remote-address)">unknown</xsl:if>
    </td>
    <td>
      <form class="revoke" method="post" action="/admin/revoke">
        <xsl:call-template name="token"/>
        <input type="hidden" name="hash" value="{@hash}"/>
        <button type="submit" class="plain" aria-label="Revoke session {@hash}">Revoke</button>
      </form>
    </td>
  </tr>
</xsl:template>

</xsl:stylesheet>
