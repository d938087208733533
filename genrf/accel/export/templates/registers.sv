// AXI4-Lite: control and counters. 0x00 control (bit 0 run, bit 1 soft reset), 0x04 status (bit 0 busy), 0x08 layers,
// 0x0c inferences, 0x10 clock cycles at work, 0x14 clock cycles waiting for weights, 0x18 choice of a layer,
// 0x1c clock cycles of that layer. Others read zero.
module registers (
    input  wire        clk,
    input  wire        reset,
    input  wire [7:0]  awaddr,
    input  wire        awvalid,
    output wire        awready,
    input  wire [31:0] wdata,
    input  wire        wvalid,
    output wire        wready,
    output wire [1:0]  bresp,
    output reg         bvalid,
    input  wire        bready,
    input  wire [7:0]  araddr,
    input  wire        arvalid,
    output wire        arready,
    output reg  [31:0] rdata,
    output wire [1:0]  rresp,
    output reg         rvalid,
    input  wire        rready,
    output reg         enable,
    output reg         soft_reset,
    output reg  [15:0] layers,
    output reg  [15:0] chosen,
    input  wire        busy,
    input  wire [31:0] inferences, cycles, stalls, chosen_cycles
);
    wire write = awvalid && wvalid && !bvalid;
    assign awready = write;
    assign wready = write;
    assign bresp = 2'b00;
    assign rresp = 2'b00;
    assign arready = arvalid && !rvalid && !reading;
    reg reading; // a clock cycle for the counters' memory
    reg [7:0] wanted;
    wire unused = &{1'b0, awaddr, wdata, wanted};

    always @(posedge clk)
        if (reset) begin
            bvalid <= 1'b0;
            rvalid <= 1'b0;
            reading <= 1'b0;
            enable <= 1'b0;
            soft_reset <= 1'b0;
            layers <= 16'd0;
            chosen <= 16'd0;
        end else begin
            soft_reset <= 1'b0;
            if (write) begin
                bvalid <= 1'b1;
                case (awaddr[7:2])
                    6'd0: {soft_reset, enable} <= wdata[1:0];
                    6'd2: layers <= wdata[15:0];
                    6'd6: chosen <= wdata[15:0];
                    default: ;
                endcase
            end else if (bready) bvalid <= 1'b0;
            if (arready) begin
                reading <= 1'b1;
                wanted <= araddr;
            end else if (reading) begin
                reading <= 1'b0;
                rvalid <= 1'b1;
                case (wanted[7:2])
                    6'd0: rdata <= {31'd0, enable};
                    6'd1: rdata <= {31'd0, busy};
                    6'd2: rdata <= {16'd0, layers};
                    6'd3: rdata <= inferences;
                    6'd4: rdata <= cycles;
                    6'd5: rdata <= stalls;
                    6'd6: rdata <= {16'd0, chosen};
                    6'd7: rdata <= chosen_cycles;
                    default: rdata <= 32'd0;
                endcase
            end else if (rready) rvalid <= 1'b0;
        end
endmodule
